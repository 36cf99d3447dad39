"""Awards issued with a release, their certificates, and what anybody learns from a code."""

import re
from typing import Any

import pytest
import typst

from goldenthread.awards import actions, jobs, queries
from goldenthread.awards.models import Award
from goldenthread.awards.queries import Verdict
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.models import AuditEvent, StoredFile
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.outcomes.models import Outcome
from tests import by_hand, factories
from tests import factories_marking as make
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@kept
def released(*minutes: int, key: str = factories.NPQLT, name: str = "Siân Ŵyn") -> list[Outcome]:
    """A released window with one person for each number of credited minutes."""
    window = make.window(factories.intake(key))
    make.markers(2)
    for number in minutes or (3996,):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, number)
        make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    return actions.release(window=window, by=window.created_by, at=AT)


@kept
def award() -> Award:
    released()
    return Award.objects.get()


def test_passes_and_only_passes_are_awarded() -> None:
    outcomes = released(3996, 3990)
    assert [a.outcome.result for a in Award.objects.all()] == ["passed"]
    assert len(outcomes) == 2


def test_award_records_holder_programme_edition_day_and_provider() -> None:
    made = award()
    assert (made.holder_name, made.programme_code, made.edition) == ("Siân Ŵyn", "NPQLT", "reformed")
    assert made.programme_name == "National Professional Qualification for Leading Teaching"
    assert made.awarded_on == AT.date()
    assert "Best Practice Network" in made.provider
    assert re.fullmatch(r"NPQLT-2025-[3-9A-Y]{4}-[3-9A-Y]{4}-[3-9A-Y]{4}-[3-9A-Y]{2}", made.code)


@pytest.mark.requirement("S1-02")
def test_legacy_award_names_accrediting_body_and_provider() -> None:
    version = factories.version("npqsl-legacy-international")
    assert actions.provider_of(version.specification) == "Best Practice Network"
    assert actions.accrediting_body_of(version.specification) == "Department for Education"


def test_releasing_again_issues_nothing_twice() -> None:
    made = award()
    window = made.outcome.window
    actions.release(window=window, by=window.created_by, at=AT)
    assert actions.issue_missing(at=AT) == 0
    assert Award.objects.count() == 1
    assert AuditEvent.objects.filter(verb="award.issued").count() == 1


@pytest.mark.requirement("S1-08")
def test_code_verifies_however_it_is_typed_and_a_wrong_one_says_nothing() -> None:
    made = award()
    for typed in (made.code, made.code.lower(), made.code.replace("-", " "), made.code.replace("-", "")):
        found = queries.verify(typed)
        assert (found.verdict, found.award) == (Verdict.VALID, made)
    for typed in (made.code[:-1] + "!", made.code[:-1], "", "NPQLT-2025-3333-3333-3333-33"):
        assert queries.verify(typed) == queries.Verification(Verdict.UNKNOWN)


def test_revoked_award_says_so_and_has_no_certificate() -> None:
    made = award()
    with pytest.raises(Refused):
        actions.revoke(award=made, reason="", by=None, at=AT)
    revoked = actions.revoke(award=made, reason="Issued in error.", by=None, at=AT)
    assert queries.verify(made.code).verdict == Verdict.REVOKED
    assert queries.award_of(made.outcome.enrolment) is None
    with pytest.raises(Refused):
        actions.certificate_pdf(award=revoked, at=AT)


def test_certificate_is_made_once_and_kept() -> None:
    made = award()
    first = actions.certificate_pdf(award=made, at=AT)
    assert first.startswith(b"%PDF")
    kept = Award.objects.get()
    assert kept.certificate is not None
    assert actions.certificate_pdf(award=kept, at=AT) == first
    assert StoredFile.objects.filter(kind="pdf").count() == 1
    assert AuditEvent.objects.filter(verb="certificate.made").count() == 1


def unprintable() -> Award:
    """An award to somebody whose name holds a sign of private use, for which no server has a font."""
    made = award()
    by_hand.alter(Award.objects.all(), holder_name="\U00014400 Smith")
    made.refresh_from_db()
    return made


def test_certificate_without_a_font_for_the_name_is_refused_and_the_office_is_told_once() -> None:
    made = unprintable()
    for _ in range(2):
        with pytest.raises(Refused, match="lacks a font"):
            actions.certificate_pdf(award=made, at=AT)
    assert list(queries.lacking_font()) == [made]
    assert AuditEvent.objects.filter(verb="certificate.lacks_font").count() == 1
    assert Award.objects.get().certificate is None

    by_hand.alter(Award.objects.all(), holder_name="王小明")  # as if the server had got the font
    assert jobs.make_certificates(AT) == "0 awards were missing, 0 certificates made, 1 lack a font"
    later = AT + actions.TRY_AGAIN
    assert jobs.make_certificates(later) == "0 awards were missing, 1 certificates made, 0 lack a font"
    assert not queries.lacking_font().exists()


def test_in_a_demonstration_no_real_organisation_is_named_and_the_certificate_is_a_specimen(settings) -> None:
    settings.DEMONSTRATION, settings.PROVIDER_NAME = True, "Hazel Grove Provider"
    made = award()
    assert (made.provider, made.accrediting_body) == ("Hazel Grove Provider", "")
    assert actions.certificate_data(made).specimen
    legacy = factories.version("npqsl-legacy-international").specification
    assert actions.provider_of(legacy) == "Hazel Grove Provider"
    assert actions.accrediting_body_of(legacy) == ""


def test_job_issues_what_is_missing_and_makes_certificates() -> None:
    award()
    by_hand.remove(Award.objects.all())
    assert jobs.make_certificates(AT) == "1 awards were missing, 1 certificates made, 0 lack a font"
    assert Award.objects.get().certificate is not None
    assert jobs.make_certificates(AT) == "0 awards were missing, 0 certificates made, 0 lack a font"


def test_job_goes_on_after_a_certificate_that_lacks_a_font() -> None:
    unprintable()
    assert jobs.make_certificates(AT) == "0 awards were missing, 0 certificates made, 1 lack a font"


def test_certificates_that_cannot_be_made_starve_no_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    released(3996, 3996)
    older, newer = Award.objects.order_by("pk")
    by_hand.alter(Award.objects.filter(pk=newer.pk), holder_name="\U00014400 Smith")
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    assert "0 certificates made, 1 lack a font" in jobs.make_certificates(AT)
    assert "1 certificates made, 1 lack a font" in jobs.make_certificates(AT)
    assert Award.objects.get(pk=older.pk).certificate is not None
    by_hand.alter(Award.objects.filter(pk=newer.pk), holder_name="Anna Smith")
    assert "1 certificates made, 0 lack a font" in jobs.make_certificates(AT + actions.TRY_AGAIN)


def test_one_certificate_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    released(3996, 3996)
    broken = Award.objects.order_by("-pk")[0]
    typeset = typst.compile

    def faulty(*given: Any, sys_inputs: dict[str, str], **more: Any) -> Any:
        if sys_inputs["code"] == broken.code:
            raise RuntimeError("the typesetter broke down")
        return typeset(*given, sys_inputs=sys_inputs, **more)

    monkeypatch.setattr(typst, "compile", faulty)
    assert jobs.make_certificates(AT) == "0 awards were missing, 1 certificates made, 0 lack a font"
    broken.refresh_from_db()
    assert (broken.certificate, broken.certificate_after) == (None, AT + actions.TRY_AGAIN)


def test_one_window_whose_awards_fail_stops_no_other() -> None:
    released()
    released(key="npqltd-reformed-international")
    by_hand.remove(Award.objects.all())
    ProgrammeVersion.objects.filter(key=factories.NPQLT).update(sha256="broken", document={})
    assert jobs.make_certificates(AT) == "1 awards were missing, 1 certificates made, 0 lack a font"
    assert Award.objects.get().programme_code == "NPQLTD"


def correct(outcome: Outcome, half_marks: Totals) -> Outcome:
    return actions.correct(
        outcome=outcome, reason="Appeal.", by=outcome.released_by, at=AT, half_marks=half_marks
    )


def test_corrections_issue_and_revoke_awards() -> None:
    outcome = released()[0]
    first = Award.objects.get()
    lost = correct(outcome, Totals(6, 4))
    assert queries.verify(first.code).verdict == Verdict.REVOKED
    correct(lost, Totals(18, 12))
    assert Award.objects.count() == 2
    standing: Any = queries.award_of(outcome.enrolment)
    assert standing.code != first.code
    assert queries.verify(first.code).verdict == Verdict.REVOKED


def test_correction_that_changes_nothing_keeps_the_award() -> None:
    outcome = released()[0]
    correct(outcome, Totals(20, 12))
    assert [a.revoked_at for a in Award.objects.all()] == [None]
