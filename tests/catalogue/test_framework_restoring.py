"""An earlier revision put back in force: proposed by one, decided by another, with all that hung on its words."""

from datetime import date, timedelta
from typing import Any

import pytest

from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue import queries
from goldenthread.catalogue.framework_restoring import why_not_back
from goldenthread.catalogue.models import (
    Evidence,
    EvidenceUse,
    Framework,
    FrameworkProposal,
    Statement,
    Variant,
)
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests.catalogue.framework_sample import text_of_npqlt
from tests.catalogue.test_framework_import import take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
OTHER = text_of_npqlt().replace("Lamps are hot.", "Lamps are warm.")


def revision(number: int) -> Framework:
    return Framework.objects.select_related("programme").get(programme__code="NPQLT", revision=number)


def words(framework: Framework) -> list[tuple[Any, ...]]:
    rows = Statement.objects.filter(area__framework=framework).order_by(
        "area__kind", "area__number", "kind", "number"
    )
    return [
        (
            one.area.kind,
            one.area.name,
            one.area.occurrences,
            one.kind,
            one.number,
            one.text,
            one.complete,
            one.bullets,
        )
        for one in rows.select_related("area")
    ]


def propose(number: int, name: str = "Olu") -> FrameworkProposal:
    return proposing.propose_back(earlier=revision(number), by=factories.user(name), at=factories.AT)


def decide(proposal: FrameworkProposal, name: str = "Otto", **more: Any) -> Framework:
    now = proposing.in_force_of(proposal)
    told = {
        "reading": None,
        "compared": now.pk if now else None,
        "at": factories.AT + timedelta(days=1),
        **more,
    }
    return proposing.put_in_force(proposal=proposal, by=factories.user(name), **told)


def refusal(number: int) -> str:
    with pytest.raises(Refused) as no:
        propose(number)
    assert no.value.code == "framework.back"
    return no.value.message


def test_the_words_of_an_earlier_revision_become_a_further_one_and_nothing_before_changes() -> None:
    take_in()
    take_in(OTHER)
    before = [words(revision(number)) for number in (1, 2, 3)]
    proposal = propose(2)
    assert propose(2, "Ola").pk == proposal.pk  # twice is once, whoever asks
    assert str(proposal) == "NPQLT reformed from revision 2"
    assert queries.get_framework("NPQLT") == revision(3)
    for _ in range(2):
        made = decide(proposal)
    assert (made.revision, made.official, made.licence, made.digest) == (
        4,
        True,
        "OGL 3.0",
        revision(2).digest,
    )
    assert queries.get_framework("NPQLT") == made
    assert words(made) == before[1]
    assert [words(revision(number)) for number in (1, 2, 3)] == before
    assert Statement.objects.get(code="NPQLT.4-AT-LT2").text == "Lamps are hot."
    assert made.notes[0] == "The words of revision 2, put back in the place of revision 3"
    events = AuditEvent.objects.filter(verb__startswith="framework.").order_by("pk")
    assert [one.verb for one in events][-3:] == [
        "framework.proposed",
        "framework.put_back",
        "framework.in_force",
    ]
    assert events.get(verb="framework.put_back").details["instead_of"] == 3
    assert not take_in().created  # the same file again is in force already
    assert take_in(OTHER).framework.revision == 5


def test_our_own_summary_comes_back_too_and_stays_a_summary() -> None:
    take_in()
    made = decide(propose(1))
    assert (made.revision, made.official, made.version_text) == (3, False, "our summary, revision 3")
    assert words(made) == words(revision(1))
    assert all(one.summary for one in Statement.objects.filter(area__framework=made))
    factories.load_catalogue(factories.AT + timedelta(days=2))
    assert queries.get_framework("NPQLT") == made


def test_what_hangs_on_the_words_comes_along_from_the_one_in_force_first() -> None:
    take_in()
    day, later = date(2027, 1, 1), date(2027, 6, 1)
    source = Evidence.objects.create(author="Adeyemi", title="On lamps", kind="study", country="uk")
    lamp, kept = (Statement.objects.get(code=f"NPQLT.2-{code}") for code in ("AT-LT2", "IM-LT2"))
    EvidenceUse.objects.create(evidence=source, statement=lamp)
    Statement.objects.filter(pk__in=[lamp.pk, kept.pk]).update(review_by=day)
    said = {"context": "", "locality": "", "phase": "primary", "reason": "local", "change_note": "new"}
    days = {
        "effective_from": day,
        "review_by": later,
        "written_by": factories.user("Wes"),
        "written_at": factories.AT,
    }
    Variant.objects.create(statement=kept, version=1, text="Small ones first.", **said, **days)
    take_in(OTHER)
    Statement.objects.filter(code="NPQLT.3-IM-LT2").update(review_by=later)
    decide(propose(2))
    lamp, kept = (Statement.objects.get(code=f"NPQLT.4-{code}") for code in ("AT-LT2", "IM-LT2"))
    assert (lamp.review_by, lamp.evidence_uses.get().evidence) == (day, source)  # stood in revision 2 alone
    assert kept.review_by == later  # as it was changed since
    assert [one.text for one in kept.variants.all()] == ["Small ones first."]


def test_the_same_person_does_not_decide_and_another_sees_it_beside_what_is_in_force() -> None:
    take_in()
    proposal = propose(1, "Olu")
    with pytest.raises(Refused, match="A second person"):
        proposing.put_in_force(
            proposal=proposal, reading=None, compared=revision(2).pk, by=proposal.proposed_by, at=factories.AT
        )
    take_in(OTHER)
    with pytest.raises(Refused, match="look again"):
        decide(proposal, compared=revision(2).pk)
    assert decide(proposal).revision == 4


def test_a_declined_one_stays_out_and_can_be_proposed_again() -> None:
    take_in()
    proposal = propose(1)
    proposing.decline(proposal=proposal, reason="Not yet", by=factories.user("Otto"), at=factories.AT)
    with pytest.raises(Refused, match="declined"):
        decide(proposal)
    assert propose(1).pk != proposal.pk


def test_what_is_in_force_or_says_the_same_is_not_put_back() -> None:
    assert "Revision 1 is in force" in refusal(1)
    take_in()
    decide(propose(1))
    assert "says the same word for word" in refusal(1)
    assert "Revision 3 is in force" in refusal(3)
    assert why_not_back(revision(2), revision(3)) == ""


def test_what_holds_nothing_or_areas_of_another_day_is_not_put_back() -> None:
    take_in()
    area = revision(1).areas.get(name="Assessment")
    area.name = "Handwriting"
    area.save()
    assert "Handwriting is no area of NPQLT any more" in refusal(1)
    Statement.objects.filter(area__framework=revision(1)).delete()
    assert "holds no statements" in refusal(1)


def test_what_can_no_longer_be_put_back_when_it_is_decided_is_refused_then() -> None:
    take_in()
    proposal = propose(1)
    revision(1).areas.filter(name="Assessment").update(name="Handwriting")
    with pytest.raises(Refused, match="Handwriting"):
        decide(proposal)
    proposal.refresh_from_db()
    assert (proposal.state, Framework.objects.filter(programme__code="NPQLT").count()) == ("proposed", 2)
