"""Known scripts of project tasks: practice, qualification, seeds and stops go by the version of the mark scheme."""

import io
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.upload_models import CheckState, DocumentCheck
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import known_evidence, quality_queries, queries, standardising
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.quality_models import KnownFile, KnownScript, KnownSet, Seed, Stop
from goldenthread.marking.quality_rules import Policy
from goldenthread.moderation import actions as moderation
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.factories_web import client_of, text_of
from tests.kept_scenes import kept
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT, ENOUGH, FAR = road.MARKED, road.ENOUGH, marked.marks(5, 5, 5, 5)
MINUTES = b"What the team agreed on in March."


@kept
def projects(count: int = 4) -> Window:
    """Hand-in days in which so many have handed in the same account, each with one file of evidence."""
    names = ("Amara Applicant", "Bilal Other", "Carys Third", "Dele Fourth", "Esi Fifth", "Femi Sixth")[
        :count
    ]
    for name in names:
        one = make.candidate(name=name)
        make.planned(one)
        make.add_file(one, "minutes.txt", MINUTES)
    window = make.days(one.intake, "project")
    for name in names:
        make.hand_in(User.objects.get(name=name).enrolments.get())
    DocumentCheck.objects.update(state=CheckState.CLEAN)
    return window


def nia() -> User:
    return factories.member(Role.OFFICE, "Nia Second")


def policy(window: Window, **figures: Any) -> None:
    standardising.set_policy(
        window=window, policy=Policy(**figures), reason="As for case studies.", by=make.office(), at=AT
    )


def add(made: KnownSet, window: Window, marks: Any = ENOUGH, **fields: Any) -> KnownScript:
    given = {"texts": make.TEXTS, "reasons": {}, "reason": "So.", "form_key": str(uuid.uuid4()), **fields}
    return standardising.add_known(set=made, window=window, marks=marks, by=make.office(), at=AT, **given)


def with_minutes(script: KnownScript, content: bytes = MINUTES, *, at: Any = AT) -> KnownFile:
    return known_evidence.add_evidence(
        script=script,
        file=io.BytesIO(content),
        name="minutes.txt",
        size_limit=100_000,
        by=make.office(),
        at=at,
    )


@kept
def known_set(window: Window, use: str, count: int = 1, marks: Any = ENOUGH) -> KnownSet:
    made = standardising.start_set(window=window, use=use, by=make.office(), at=AT)
    for _ in range(count):
        with_minutes(add(made, window, marks))
    DocumentCheck.objects.update(state=CheckState.CLEAN)
    return standardising.agree_set(set=made, by=nia(), at=AT)


def allocate(window: Window) -> int:
    return road.marking.allocate_window(window=window, by=make.office(), at=AT)


def submit(one: Marking, marks: Any = ENOUGH, *, at: Any = AT) -> None:
    entered = road.marking.Entered(marks, "", road.FEEDBACK)
    road.marking.submit_marks(marking=one, entered=entered, by=one.marker, at=at)


def seeds(marker: Any) -> list[Marking]:
    found = Marking.objects.filter(seed__isnull=False, marker=marker).select_related("marker", "seed")
    return list(found.order_by("pk"))


# --- sets and qualification ------------------------------------------------------------------------------------
def test_scripts_of_a_task_go_to_markers_who_are_qualified_by_its_scheme() -> None:
    window = projects(1)
    ben, bea = marked.markers(2)
    policy(window, standardised=True, each=1, altogether=1)
    known_set(window, "practice")
    with pytest.raises(Refused) as refused:
        allocate(window)
    assert refused.value.code == "allocation.not_qualified"
    assert [one.pk for one in quality_queries.to_practise(ben, at=AT)] == [window.pk]
    for marker in (ben, bea):
        attempt = standardising.begin_attempt(window=window, marker=marker, at=AT)
        ((script, _),) = quality_queries.scripts_in(attempt)
        attempt = standardising.practise(attempt=attempt, script=script, marks=ENOUGH, by=marker, at=AT)
        assert attempt.qualified
    assert quality_queries.to_practise(ben, at=AT) == []
    assert allocate(window) == 2
    trail = AuditEvent.objects.filter(subject=f"markscheme:{window.scheme_id}", verb__startswith="known_")
    assert [one.verb for one in trail.order_by("pk")] == [
        "known_set.started", "known_script.added", "known_file.added", "known_set.agreed",
    ]  # fmt: skip


def test_practice_may_begin_while_a_task_is_open_since_it_is_no_secret() -> None:
    window = projects(1)
    ben, _ = marked.markers(2)
    policy(window, standardised=True)
    made = standardising.start_set(window=window, use="practice", by=make.office(), at=make.SUMMER)
    add(made, window)
    standardising.agree_set(set=made, by=nia(), at=make.SUMMER)
    assert [one.pk for one in quality_queries.to_practise(ben, at=make.SUMMER)] == [window.pk]
    assert standardising.begin_attempt(window=window, marker=ben, at=make.SUMMER).set == made


def test_another_version_of_the_scheme_has_sets_and_qualified_markers_of_its_own() -> None:
    window = projects(1)
    ben, _ = marked.markers(2)
    policy(window, standardised=True)
    known_set(window, "practice")
    known_set(window, "seeds")
    standardising.clear(window=window, marker=ben, qualified=True, reason="Talked.", by=make.office(), at=AT)
    assert quality_queries.qualified_for(window, [ben.pk]) == {ben.pk}
    window.scheme = make.scheme(window.intake.version, "project", "v2018")
    window.save(update_fields=["scheme"])
    assert quality_queries.qualified_for(window, [ben.pk]) == set()
    assert quality_queries.sets_of(window) == []
    assert quality_queries.seed_scripts(window) == []
    assert allocate_seeds(window) == 0


def allocate_seeds(window: Window) -> int:
    policy(window, seed_percent=50)
    allocate(window)
    return Seed.objects.filter(window=window).count()


def test_what_is_known_of_a_task_says_nothing_in_a_window_without_a_case_study() -> None:
    window = projects(1)
    ben, _ = marked.markers(2)
    known_set(window, "seeds")
    standardising.clear(window=window, marker=ben, qualified=True, reason="Talked.", by=make.office(), at=AT)
    bare = marked.window(make.intake(), case_study=None)
    assert quality_queries.qualified_for(bare, [ben.pk]) == set()
    assert quality_queries.sets_of(bare) == []
    assert quality_queries.seed_scripts(bare) == []


def test_a_former_account_comes_with_its_evidence_and_without_its_author() -> None:
    window = projects(1)
    old = Script.objects.get(sitting__window=window)
    Script.objects.filter(pk=old.pk).update(parts={**old.parts, "design": "I, Amara Applicant, planned it."})
    marked.markers(2)
    road.mark(window)
    road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    assert quality_queries.former_script(window, old.sitting.code) is None, "its result is not out"
    road.released(window)
    later = make.days(
        make.intake(starts_on=make.START.replace(year=2020)), "project",
        opens_on=make.START.replace(year=2020), closes_on=make.START.replace(year=2020, month=8), at=AT,
    )  # fmt: skip
    former = quality_queries.former_script(later, old.sitting.code)
    assert former == old
    made = standardising.start_set(window=later, use="seeds", by=make.office(), at=AT)
    old.refresh_from_db()
    known = add(made, later, texts=old.parts, taken_from=old)
    assert known.parts["design"] == "I, [covered], planned it."
    assert [one.file_id for one in known.evidence.all()] == [old.evidence.get().file_id]
    later.scheme = make.scheme(later.intake.version, "project", "v2018")
    assert quality_queries.former_script(later, old.sitting.code) is None, "marked by another scheme"


def test_a_former_account_that_came_as_a_document_is_taken_whole() -> None:
    window = projects(1)
    Script.objects.update(parts={}, text="What we planned, did and found.")
    Window.objects.update(state="released")
    code = Script.objects.get().sitting.code
    made = standardising.start_set(window=window, use="practice", by=make.office(), at=AT)
    fields = {f"point_{number}": mark for number, mark in ENOUGH.items()} | {"reason": "So.", "former": code}
    fields |= {"step": "add", "form_key": str(uuid.uuid4())}
    with time_machine.travel(AT, tick=False):
        page = client_of(make.office()).post(reverse("office:known_set", args=[window.pk, made.pk]), fields)
    assert page.status_code == 302
    known = made.scripts.get()
    assert (known.text, known.parts) == ("What we planned, did and found.", {})


# --- evidence of known scripts -------------------------------------------------------------------------------
def test_evidence_of_a_known_script_is_added_once_and_taken_out_without_a_gap() -> None:
    window = projects(1)
    made = standardising.start_set(window=window, use="seeds", by=make.office(), at=AT)
    known = add(made, window)
    first = with_minutes(known)
    assert with_minutes(known) == first
    with_minutes(known, b"Figures of the spring.")
    known_evidence.remove_evidence(script=known, number=1, by=make.office(), at=AT)
    assert [one.number for one in known.evidence.all()] == [1]
    assert known_evidence.get_known_file(known, 1).sha256 != first.file.sha256
    standardising.agree_set(set=made, by=nia(), at=AT)
    for change in (
        lambda: with_minutes(known, b"More."),
        lambda: known_evidence.remove_evidence(script=known, number=1, by=make.office(), at=AT),
    ):
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.code == "known.agreed"


def test_a_set_with_a_file_that_is_held_is_not_agreed() -> None:
    window = projects(1)
    made = standardising.start_set(window=window, use="seeds", by=make.office(), at=AT)
    file = with_minutes(add(made, window))
    check, _ = DocumentCheck.objects.get_or_create(file=file.file, defaults={"handed_in_at": AT})
    DocumentCheck.objects.filter(pk=check.pk).update(state=CheckState.FOUND, said="Eicar")
    with pytest.raises(Refused) as refused:
        standardising.agree_set(set=made, by=nia(), at=AT)
    assert refused.value.code == "known.held"


def test_a_script_of_a_case_study_has_no_evidence() -> None:
    window = marked.window()
    marked.sitting(window)
    made = standardising.start_set(window=window, use="seeds", by=make.office(), at=marked.CLOSED)
    known = standardising.add_known(
        set=made, window=window, texts={"": "Text."}, marks=marked.FAIR, reasons={}, reason="So.",
        form_key=str(uuid.uuid4()), by=make.office(), at=marked.CLOSED,
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        with_minutes(known)
    assert refused.value.code == "known.no_evidence"


# --- seeds -----------------------------------------------------------------------------------------------------
@pytest.fixture
def seeded() -> tuple[Window, User, User]:
    window = projects()
    ben, bea = marked.markers(2)
    policy(window, seed_percent=50, seed_tolerance=2, stop_count=2, stop_of=3)
    known_set(window, "seeds", 3)
    assert allocate(window) == 2 * 4 + 2 * 2
    return window, ben, bea


def bare(page: str, marking: Marking) -> str:
    """A page without what differs from script to script: number, code, tokens, the names of files' checksums."""
    page = page.replace(f"/mark/{marking.pk}/", "/mark/N/").replace(marking.code, "CODE")
    page = re.sub(r'("X-CSRFToken": |nonce-)"?[^"]*"', r"\1", page)
    page = re.sub(r'(csrfmiddlewaretoken" value|nonce|name="person" value)="[^"]*"', r"\1", page)
    return re.sub(r"\d{1,2}:\d\d", "TIME", page)


def test_pages_of_a_seed_and_of_a_project_are_the_same_and_ask_as_often(
    seeded: Any, django_assert_max_num_queries: Any
) -> None:
    _, ben, _ = seeded
    seed = seeds(ben)[0]
    script = Marking.objects.filter(marker=ben, seed=None).select_related("marker")[0]
    with time_machine.travel(AT, tick=False):
        client, pages, counts = client_of(ben), [], []
        client.get("/mark/")
        for one in (seed, script):
            with django_assert_max_num_queries(12) as asked:
                page = client.get(f"/mark/{one.pk}/").content.decode()
            pages.append(bare(page, one))
            counts.append(len(asked.captured_queries))
            assert "Evidence 1</a>" in page
            with django_assert_max_num_queries(12) as asked:
                file = client.get(f"/mark/{one.pk}/evidence/1/")
            assert (file.status_code, file.content) == (200, MINUTES)
            assert file["Content-Disposition"] == 'attachment; filename="evidence-1.txt"'
            assert client.get(f"/mark/{one.pk}/evidence/2/").status_code == 404
        assert pages[0] == pages[1]
        assert counts[0] == counts[1]
        for one in (seed, script):
            submit(one)
        pages = [bare(client.get(f"/mark/{one.pk}/").content.decode(), one) for one in (seed, script)]
        assert pages[0] == pages[1]
        other = client_of(factories.member(Role.MARKER, "Bo Marker"))
        assert other.get(f"/mark/{seed.pk}/evidence/1/").status_code == 404


def test_seeds_of_a_task_stop_its_marker_and_what_is_in_doubt_is_marked_anew(seeded: Any) -> None:
    window, ben, bea = seeded
    factories.member(Role.MARKER, "Bo Marker")
    first, second = seeds(ben)
    script = Marking.objects.filter(marker=ben, seed=None).select_related("marker")[0]
    submit(first, FAR)
    submit(script, at=AT + timedelta(minutes=5))
    submit(second, FAR, at=AT + timedelta(minutes=9))
    stop = Stop.objects.get(marker=ben, window=window)
    assert list(quality_queries.doubtful(stop)) == [script]
    assert not queries.to_mark(queries.queue_for(ben)).exists()
    for one in seeds(bea):
        submit(one)
    assert not Stop.objects.filter(marker=bea).exists()
    again = moderation.set_aside_all(
        markings=[script], reason="In doubt.", by=make.office(), at=AT + timedelta(hours=1)
    )
    assert len(again) == 1
    with time_machine.travel(AT, tick=False):
        assert client_of(ben).get(f"/mark/{first.pk}/evidence/1/").status_code == 404


def test_known_scripts_of_a_task_are_in_no_comparison_sample_agreement_or_result(seeded: Any) -> None:
    window, ben, bea = seeded
    for marker in (ben, bea):
        for one in Marking.objects.filter(marker=marker).select_related("marker"):
            submit(one)
    assert Agreement.objects.count() == 4
    assert Script.objects.filter(sitting__window=window, current=True).count() == 4
    road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    assert len(road.released(window)) == Outcome.objects.count() == 4


# --- pages -------------------------------------------------------------------------------------------------------
def test_office_makes_a_set_of_a_task_with_evidence_by_its_pages() -> None:
    window = projects(1)
    client, second = client_of(make.office()), client_of(nia())
    with time_machine.travel(AT, tick=False):
        assert "Standardisation and seeds" in text_of(client.get(reverse("office:markers", args=[window.pk])))
        client.post(reverse("office:set_new", args=[window.pk]), {"use": "practice"})
        made = KnownSet.objects.get()
        page = reverse("office:known_set", args=[window.pk, made.pk])
        fields = {f"point_{number}": mark for number, mark in ENOUGH.items()}
        fields |= {f"text_{place}": text for place, text in enumerate(make.TEXTS.values())}
        fields |= {"step": "add", "reason": "It measures twice.", "form_key": str(uuid.uuid4())}
        assert client.post(page, fields).status_code == 302
        file = {"step": "evidence", "number": "1", "file": SimpleUploadedFile("minutes.txt", MINUTES)}
        assert "The file is evidence of script 1" in text_of(client.post(page, file, follow=True))
        opened = second.get(reverse("office:known_file", args=[window.pk, made.pk, 1, 1]))
        assert opened.content == MINUTES
        wrong = {"step": "evidence", "number": "1", "file": SimpleUploadedFile("minutes.exe", b"MZ")}
        assert client.post(page, wrong).status_code == 422
        assert "learn that" not in text_of(client.get(page)).partition("<main")[2]
        assert "These marks" in text_of(second.get(page)) or "Agree these marks" in text_of(second.get(page))
        second.post(page, {"step": "agree"})
        made.refresh_from_db()
        assert made.agreed_at is not None


def test_a_marker_practises_a_task_by_its_pages() -> None:
    window = projects(1)
    ben, _ = marked.markers(2)
    policy(window, standardised=True)
    known_set(window, "practice")
    client = client_of(ben)
    with time_machine.travel(AT, tick=False):
        assert "Practise for" in text_of(client.get("/mark/"))
        page = client.post(reverse("assessor:practice", args=[window.pk]), follow=True)
        assert "Evidence 1</a>" in text_of(page)
        file = client.get(reverse("assessor:practice_evidence", args=[window.pk, 1, 1, 1]))
        assert file.content == MINUTES
        given = {f"point_{number}": mark for number, mark in ENOUGH.items()}
        done = client.post(reverse("assessor:practise", args=[window.pk, 1, 1]), given, follow=True)
        assert "You are qualified for this window" in text_of(done)
        stranger = client_of(factories.member(Role.MARKER, "Bo Marker"))
        refused = stranger.get(reverse("assessor:practice_evidence", args=[window.pk, 1, 1, 1]))
        assert refused.status_code == 404
