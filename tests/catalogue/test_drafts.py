"""From draft to publication: checked against the catalogue, by two people, and never touching what is in use."""

from dataclasses import replace
from datetime import date

import pytest

from goldenthread.catalogue import actions, drafting, guided, publishing
from goldenthread.catalogue.deciding import as_list
from goldenthread.catalogue.drafts import Seen
from goldenthread.catalogue.models import Programme, ProgrammeVersion, VersionDraft
from goldenthread.catalogue.queries import published_versions
from goldenthread.catalogue.wording import name_in_file
from goldenthread.common import clock
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.intakes.actions import open_intake
from goldenthread.people.models import Role, User
from tests import factories
from tests.catalogue.texts import MADE_UP, spoilt
from tests.factories import AT, NPQLT

pytestmark = pytest.mark.django_db
NEW = f"{NPQLT}-r2"


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def second(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Ola Office")


def revision_of(key: str, by: User) -> VersionDraft:
    return drafting.start(based_on=factories.version(key), key="", as_revision=True, by=by, at=AT)


def with_text(text: str, by: User) -> VersionDraft:
    return drafting.take_in(text=text, by=by, at=AT)


def saved(draft: VersionDraft, old: str, new: str, by: User) -> VersionDraft:
    draft.refresh_from_db()
    assert old in draft.text
    return drafting.save_text(
        draft=draft, text=draft.text.replace(old, new), seen=draft.revision, by=by, at=AT
    )


def refused(code: str, action: object, **said: object) -> str:
    with pytest.raises(Refused) as no:
        action(**said)  # type: ignore[operator]
    assert no.value.code == code
    return no.value.message


def test_a_revision_begins_as_a_copy_that_supersedes_and_is_already_clean(olu: User) -> None:
    draft = revision_of(NPQLT, olu)
    spec = drafting.findings_of(draft.text).specification
    assert spec is not None
    assert (spec.id, spec.revision, spec.supersedes) == (NEW, 2, NPQLT)
    assert spec.components == factories.version(NPQLT).specification.components
    assert revision_of(NPQLT, olu).pk == draft.pk


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"programme": "NPQLT", "edition": "reformed", "market": "England"}, "NPQLT reformed, England"),
        ({"programme": "NPQLT", "edition": "reformed", "market": "England", "revision": 3},
         "NPQLT reformed, England (revision 3)"),
        ({"programme": "NPQOT", "edition": "first", "market": " "}, "NPQOT first, no market yet"),
        ({"programme": "NPQOT"}, ""),
        ({"programme": 7, "edition": "first"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_draft_is_named_by_what_its_file_says(data: dict[str, object], name: str) -> None:
    assert name_in_file(data) == name


def test_a_draft_keeps_its_name_while_its_text_cannot_be_read(olu: User) -> None:
    draft = revision_of(NPQLT, olu)
    assert draft.name == "NPQLT reformed, international (revision 2)"
    text = draft.text.replace('market = "international"', 'market = "Gulf"')
    draft = drafting.save_text(draft=draft, text=text, seen=1, by=olu, at=AT)
    assert draft.name == str(draft) == "NPQLT reformed, Gulf (revision 2)"
    broken = drafting.save_text(draft=draft, text="[[[", seen=2, by=olu, at=AT)
    assert broken.name == "NPQLT reformed, Gulf (revision 2)"


def test_two_people_take_a_draft_to_publication_and_every_step_is_in_the_trail(
    olu: User, second: User
) -> None:
    draft = saved(revision_of(NPQLT, olu), "1250", "1400", olu)
    refused("draft.draft", publishing.publish, draft=draft, seen=factories.seen_in(draft), by=second, at=AT)
    drafting.check(draft=draft, by=olu, at=AT)
    version = publishing.publish(draft=draft, seen=factories.seen_in(draft), by=second, at=AT)
    assert (version.key, version.state, version.revision) == (NEW, "published", 2)
    assert version.specification.fees[-1].pence.value == 140_000
    assert version in published_versions()
    verbs = list(
        AuditEvent.objects.filter(subject=f"versiondraft:{draft.pk}")
        .order_by("sequence")
        .values_list("verb", "actor_name")
    )
    assert verbs == [
        ("draft.started", "Olu Office"),
        ("draft.saved", "Olu Office"),
        ("draft.checked", "Olu Office"),
        ("draft.published", "Ola Office"),
    ]
    assert AuditEvent.objects.filter(
        subject=f"programmeversion:{version.pk}", verb="version.published"
    ).exists()
    assert publishing.publish(draft=draft, seen=factories.seen_in(draft), by=second, at=AT) == version


def test_the_last_editor_does_not_publish_whoever_checked_it(olu: User, second: User) -> None:
    draft = revision_of(NPQLT, olu)
    drafting.check(draft=draft, by=second, at=AT)
    told = refused(
        "draft.same_person", publishing.publish, draft=draft, seen=factories.seen_in(draft), by=olu, at=AT
    )
    assert "Ask a colleague" in told
    saved(draft, "1250", "1300", second)
    drafting.check(draft=draft, by=olu, at=AT)
    refused(
        "draft.same_person", publishing.publish, draft=draft, seen=factories.seen_in(draft), by=second, at=AT
    )
    assert publishing.publish(draft=draft, seen=factories.seen_in(draft), by=olu, at=AT).key == NEW


def test_nobody_who_has_edited_a_draft_publishes_it_however_long_ago(olu: User, second: User) -> None:
    third = factories.member(Role.OFFICE, "Tess Office")
    draft = saved(revision_of(NPQLT, third), "1250", "1300", olu)
    drafting.check(draft=draft, by=olu, at=AT)
    saved(draft, "1300", "1350", second)
    drafting.check(draft=draft, by=olu, at=AT)
    for editor in (olu, second):
        told = refused(
            "draft.same_person",
            publishing.publish,
            draft=draft,
            seen=factories.seen_in(draft),
            by=editor,
            at=AT,
        )
        assert "You have edited this draft" in told
    assert publishing.editors_of(draft) == {olu.pk: "Olu Office", second.pk: "Ola Office"}
    # who only began it, and wrote nothing of it, may read and publish what others wrote
    assert publishing.publish(draft=draft, seen=factories.seen_in(draft), by=third, at=AT).key == NEW


def test_who_handed_a_file_in_has_written_it_and_a_save_without_a_change_is_none(
    olu: User, second: User
) -> None:
    draft = with_text(MADE_UP, olu)
    drafting.save_text(draft=draft, text=draft.text, seen=1, by=second, at=AT)
    assert list(publishing.editors_of(draft)) == [olu.pk]
    saved(draft, "10, source", "11, source", second)
    drafting.check(draft=draft, by=second, at=AT)
    for editor in (olu, second):
        refused(
            "draft.same_person",
            publishing.publish,
            draft=draft,
            seen=factories.seen_in(draft),
            by=editor,
            at=AT,
        )


# --- published as seen ------------------------------------------------------------------------------------
def test_a_draft_that_was_saved_since_it_was_looked_at_is_not_published_and_says_what_changed(
    olu: User, second: User
) -> None:
    third = factories.member(Role.OFFICE, "Tess Office")
    draft = saved(revision_of(NPQLT, olu), "1250", "1300", olu)
    drafting.check(draft=draft, by=olu, at=AT)
    seen = factories.seen_in(draft)
    saved(draft, "1300", "1400", third)
    drafting.check(draft=draft, by=third, at=AT)
    told = refused("draft.unseen", publishing.publish, draft=draft, seen=seen, by=second, at=AT)
    assert "Tess Office saved “Whole file”" in told
    assert "A place (£1,250 (GBP) → £1,400 (GBP))" in told
    assert "1 difference is gone" in told
    assert not ProgrammeVersion.objects.filter(key=NEW).exists()
    version = publishing.publish(draft=draft, seen=factories.seen_in(draft), by=second, at=AT)
    assert publishing.publish(draft=draft, seen=seen, by=second, at=AT) == version  # the second click


def test_another_revision_published_meanwhile_is_another_text_to_compare_with(
    olu: User, second: User
) -> None:
    draft = saved(revision_of(NPQLT, olu), "1250", "1300", olu)
    drafting.check(draft=draft, by=olu, at=AT)
    seen = factories.seen_in(draft)
    assert seen.against == NPQLT
    first = factories.version(NPQLT)
    factories.revision(3, benefits={"candidate": ["Another thing"], "source": "000:70"})
    told = refused("draft.unseen", publishing.publish, draft=draft, seen=seen, by=second, at=AT)
    assert f"it is compared with {NPQLT}-r3 now" in told
    assert factories.seen_in(draft).against == f"{NPQLT}-r3"
    assert first.state == "published"


def test_nothing_is_published_by_somebody_who_was_shown_nothing(olu: User, second: User) -> None:
    draft = saved(revision_of(NPQLT, olu), "1250", "1300", olu)
    drafting.check(draft=draft, by=olu, at=AT)
    told = refused("draft.unseen", publishing.publish, draft=draft, seen=Seen(revision=0), by=second, at=AT)
    assert "you have not seen what differs now. Read it below" in told
    shown = factories.seen_in(draft)
    for less in (replace(shown, marks=frozenset()), replace(shown, against=""), replace(shown, revision=1)):
        refused("draft.unseen", publishing.publish, draft=draft, seen=less, by=second, at=AT)


def test_what_is_saved_after_the_check_has_to_be_checked_again(olu: User, second: User) -> None:
    draft = revision_of(NPQLT, olu)
    drafting.check(draft=draft, by=olu, at=AT)
    draft = saved(draft, "1250", "1300", olu)
    assert (draft.state, draft.checked_by) == ("draft", None)
    refused("draft.draft", publishing.publish, draft=draft, seen=factories.seen_in(draft), by=second, at=AT)


@pytest.mark.requirement("S0-22")
@pytest.mark.parametrize(("old", "new"), [("value = 18,", "value = 17,"), ("value = 74,", "value = 80,")])
def test_hours_that_do_not_add_up_are_neither_checked_nor_published(
    olu: User, second: User, old: str, new: str
) -> None:
    draft = saved(revision_of(NPQLT, olu), old, new, olu)
    told = refused("draft.not_clean", drafting.check, draft=draft, by=olu, at=AT)
    assert "are declared, the components come to" in told
    refused("draft.draft", publishing.publish, draft=draft, seen=factories.seen_in(draft), by=second, at=AT)


def test_unknown_hours_are_incomplete_and_may_be_published(olu: User, second: User) -> None:
    draft = revision_of("npqlt-reformed-england", olu)
    drafting.check(draft=draft, by=olu, at=AT)
    assert (
        publishing.publish(
            draft=draft, seen=factories.seen_in(draft), by=second, at=AT
        ).specification.minutes_declared
        is None
    )


@pytest.mark.parametrize("text", ["id = ", 'id = "npqx"', "a = [1,", "[[[["])
def test_what_is_malformed_is_kept_as_written_and_never_checked(olu: User, text: str) -> None:
    draft = revision_of(NPQLT, olu)
    draft = drafting.save_text(draft=draft, text=text, seen=1, by=olu, at=AT)
    assert draft.text == text
    assert drafting.findings_of(text).problems
    refused("draft.not_clean", drafting.check, draft=draft, by=olu, at=AT)
    assert VersionDraft.objects.get().state == "draft"


def test_a_save_over_somebody_elses_is_refused(olu: User, second: User) -> None:
    draft = revision_of(NPQLT, olu)
    drafting.save_text(draft=draft, text="first", seen=1, by=olu, at=AT)
    told = refused("draft.stale", drafting.save_text, draft=draft, text="second", seen=1, by=second, at=AT)
    assert "Olu Office" in told
    assert VersionDraft.objects.get().text == "first"


def test_a_name_or_revision_that_is_taken_is_a_problem(olu: User) -> None:
    text = drafting.exported(factories.version(NPQLT))
    assert [problem.path for problem in drafting.findings_of(text).problems] == ["id"]
    another = text.replace(f'id = "{NPQLT}"', 'id = "npqlt-other"')
    assert [problem.path for problem in drafting.findings_of(another).problems] == ["revision"]
    closed = another.replace("revision = 1", "").replace(
        'market = "international"', 'market = "Wales"\nstate = "closed"'
    )
    assert [problem.path for problem in drafting.findings_of(closed).problems] == ["state"]


def test_a_circle_of_supersessions_is_named(olu: User, second: User) -> None:
    draft = revision_of(NPQLT, olu)
    drafting.check(draft=draft, by=olu, at=AT)
    publishing.publish(draft=draft, seen=factories.seen_in(draft), by=second, at=AT)
    older = factories.version(NPQLT)
    text = drafting.exported(factories.version(NEW)).replace(
        f'supersedes = "{NPQLT}"', 'supersedes = "npqlt-a"'
    )
    one = text.replace(f'id = "{NEW}"', 'id = "npqlt-b"').replace("revision = 2", "revision = 3")
    found = drafting.findings_of(one.replace('"npqlt-a"', '"npqlt-b"'))
    assert [str(problem) for problem in found.problems] == [
        "draft: supersedes: goes in a circle: npqlt-b → npqlt-b"
    ]
    older.document = {**older.document, "supersedes": "npqlt-b"}
    older.save(update_fields=["document"])
    circle = drafting.findings_of(one.replace('"npqlt-a"', f'"{NEW}"')).problems
    assert [problem.path for problem in circle] == ["supersedes"]
    for name in ("npqlt-b", NEW, NPQLT):
        assert name in circle[0].reason


def test_a_version_of_the_pages_is_altered_by_no_file(olu: User, second: User, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    draft = with_text(MADE_UP, olu)
    drafting.check(draft=draft, by=olu, at=AT)
    version = publishing.publish(draft=draft, seen=factories.seen_in(draft), by=second, at=AT)
    (folder / "same.toml").write_text(MADE_UP)
    actions.load(by=None, at=AT, folders=[folder])
    (folder / "same.toml").write_text(spoilt("For people who lead music.", "Otherwise."))
    refused("catalogue.version_of_the_pages", actions.load, by=None, at=AT, folders=[folder])
    (folder / "same.toml").write_text(spoilt('id = "npqmus-2030-scotland"', 'id = "npqmus-other"'))
    refused("catalogue.version_of_the_pages", actions.load, by=None, at=AT, folders=[folder])
    version.refresh_from_db()
    assert version.specification.purpose == "For people who lead music."


def test_a_programme_is_introduced_once_and_under_one_name(olu: User, second: User) -> None:
    draft = with_text(MADE_UP, olu)
    drafting.check(draft=draft, by=olu, at=AT)
    publishing.publish(draft=draft, seen=factories.seen_in(draft), by=second, at=AT)
    programme = Programme.objects.get(code="NPQMUS")
    assert (programme.family, programme.name) == (
        "arts",
        "National Professional Qualification for Leading Music",
    )
    other = MADE_UP.replace("npqmus-2030-scotland", "npqmus-2031").replace(
        'edition = "2030"', 'edition = "2031"'
    )
    assert drafting.findings_of(other).clean
    renamed = other.replace("Leading Music", "Music Leaders")
    assert [problem.path for problem in drafting.findings_of(renamed).problems] == ["introduces"]


def test_guided_parts_write_the_same_file(olu: User) -> None:
    draft = revision_of(NPQLT, olu)
    values = {"component[study].hours": (31.5, []), "total_hours": (73.5, ["000:75"])}
    draft = drafting.save_part(draft=draft, part="hours", values=values, seen=1, by=olu, at=AT)
    spec = drafting.findings_of(draft.text).specification
    assert spec is not None
    study = spec.component("study").hours
    assert (study.value, study.sources) == (1890, (f"office:{AT.date().isoformat()}",))
    assert (spec.minutes_declared, spec.total_hours.sources) == (4410, ("000:75",))
    fee = {"pounds": 1300, "valid_from": "2030-01-01", "source": []}
    draft = drafting.save_part(draft=draft, part="fee", values=fee, seen=draft.revision, by=olu, at=AT)
    spec = drafting.findings_of(draft.text).specification
    assert spec is not None
    assert [(one.pence.value, one.valid_from) for one in spec.fees] == [
        (125_000, date(2021, 9, 1)),
        (130_000, date(2030, 1, 1)),
    ]


def test_a_figure_that_changes_under_its_old_source_is_the_offices_own(olu: User) -> None:
    draft = revision_of(NPQLT, olu)
    old = factories.version(NPQLT).specification.component("study").hours
    for value, source, sources in (
        (32, list(old.sources), old.sources),
        (33, list(old.sources), (f"office:{AT.date().isoformat()}",)),
        (33, ["000:70"], ("000:70",)),
    ):
        draft.refresh_from_db()
        values = {"component[study].hours": (value, source)}
        draft = drafting.save_part(
            draft=draft, part="hours", values=values, seen=draft.revision, by=olu, at=AT
        )
        spec = drafting.findings_of(draft.text).specification
        assert spec is not None
        assert spec.component("study").hours.sources == sources


@pytest.mark.parametrize(("part", "key"), [("audience", "text"), ("texts", "candidate")])
def test_words_that_the_office_changes_are_no_documents_alone(olu: User, part: str, key: str) -> None:
    draft = revision_of("npqsl-legacy-international", olu)
    data = drafting.data_of(draft)
    assert data is not None
    table = "audience" if part == "audience" else "benefits"
    old, said = as_list(data[table]["source"]), guided.read_part(data, part)
    assert guided.with_part(data, part, said, day="2030-01-01")[table] == data[table]
    said[key] = "Whoever likes" if part == "audience" else ["Whatever they like"]
    draft = drafting.save_part(draft=draft, part=part, values=said, seen=1, by=olu, at=AT)
    again = drafting.data_of(draft)
    assert again is not None
    assert again[table]["source"] == [*old, f"office:{clock.day_of(AT).isoformat()}"]
    assert drafting.findings_of(draft.text).clean


def test_an_empty_figure_is_unknown_and_keeps_nothing_of_the_old_one(olu: User) -> None:
    draft = revision_of(NPQLT, olu)
    values = {"component[study].hours": (None, [])}
    draft = drafting.save_part(draft=draft, part="hours", values=values, seen=1, by=olu, at=AT)
    findings = drafting.findings_of(draft.text)
    assert findings.total is not None
    assert findings.total.unknown_components == ("study",)
    assert findings.total.status == "incomplete"


def test_a_discarded_or_published_draft_is_written_no_more(olu: User) -> None:
    draft = revision_of(NPQLT, olu)
    drafting.discard(draft=draft, by=olu, at=AT)
    drafting.discard(draft=draft, by=olu, at=AT)
    refused("draft.discarded", drafting.save_text, draft=draft, text="x", seen=1, by=olu, at=AT)
    refused("draft.discarded", drafting.check, draft=draft, by=olu, at=AT)


def test_closing_takes_no_new_intakes_and_survives_a_load(olu: User) -> None:
    version = factories.version(NPQLT)
    person = factories.enrolment("Amara Applicant", by=olu)
    said = {"version": version, "by": olu, "at": AT}
    refused("version.reason", publishing.close, closes_from=date(2027, 1, 1), reason=" ", **said)
    refused("version.closing_day", publishing.close, closes_from=date(2020, 1, 1), reason="Over", **said)
    publishing.close(closes_from=date(2027, 1, 1), reason="A new revision is there", **said)
    actions.load(by=None, at=AT)
    version = ProgrammeVersion.objects.get(key=NPQLT)
    assert (version.state, version in published_versions()) == ("closed", False)
    days = {"applications_open_on": date(2026, 1, 1), "applications_close_on": date(2026, 6, 1)}
    refused("intake.closed", open_intake, starts_on=date(2027, 1, 1), **{**said, "version": version}, **days)
    assert open_intake(version=version, starts_on=date(2026, 12, 31), by=olu, at=AT, **days).pk
    person.refresh_from_db()
    assert person.withdrawn_at is None
    assert person.version.specification.minutes_declared == 4440
