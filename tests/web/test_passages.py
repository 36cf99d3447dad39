"""Notes at passages on the marking page, and who else reads them."""

import re
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.marking import actions
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.models import Marking, SetAside
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
FEEDBACK = {**make.WORDS, "comment": ""}
ROUTINE = make.TEXT.index("one routine")
PLACE = f"{ROUTINE}:{ROUTINE + 11}:"


@pytest.fixture
def marking() -> Marking:
    window = make.window()
    make.markers(3)
    make.sitting(window, name="Amara Applicant")
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.select_related("marker", "script__sitting__window").get(position=1)


def send(marking: Marking, *notes: tuple[str, str], do: str = "save", revision: int = 0, **more: Any) -> Any:
    posted = {
        **{f"point_{number}": "3" for number in range(1, 6)}, **FEEDBACK, "revision": revision, do: "1",
        "with_passages": "1", "passage": [place for place, _ in notes],
        "passage_note": [note for _, note in notes], **more,
    }  # fmt: skip
    return client_of(marking.marker).post(f"/mark/{marking.pk}/", posted)


def autosave(marking: Marking, *notes: tuple[str, str], revision: int = 0, **more: Any) -> Any:
    posted = {
        "revision": revision, "with_passages": "1", "passage": [place for place, _ in notes],
        "passage_note": [note for _, note in notes], **more,
    }  # fmt: skip
    return client_of(marking.marker).post(f"/mark/{marking.pk}/save/", posted)


def page(marking: Marking) -> str:
    return str(client_of(marking.marker).get(f"/mark/{marking.pk}/").content.decode())


def seen(marking: Marking) -> str:
    """What the page says of the text that it shows."""
    found = re.search(r'data-part="" data-seen="([0-9a-f]{12})"', page(marking))
    assert found
    return found[1]


def kept(marking: Marking) -> list[tuple[int, int, str]]:
    marking.refresh_from_db()
    return [(one["start"], one["end"], one["note"]) for one in marking.passages]


def test_a_note_is_marked_in_the_text_and_listed_beside_it(marking: Marking) -> None:
    assert send(marking, (PLACE, "The measure is thin.")).status_code == 302
    text = page(marking)
    assert "<mark>one routine</mark>" in text
    assert 'id="text-1" href="#passage-1"' in text
    assert "“<span data-quote>one routine</span>”" in text
    assert "The measure is thin.</textarea>" in text


def test_notes_are_changed_and_taken_out_until_they_are_submitted(marking: Marking) -> None:
    send(marking, (PLACE, "Thin."), ("0:8:", "Who?"))
    assert kept(marking) == [(0, 8, "Who?"), (ROUTINE, ROUTINE + 11, "Thin.")]
    send(marking, (PLACE, "Thin, but there."), ("0:8:", " "), revision=1)
    assert kept(marking) == [(ROUTINE, ROUTINE + 11, "Thin, but there.")]
    send(marking, (PLACE, "Thin, but there."), do="submit", revision=2)
    assert marking.marker
    refused = send(marking, (PLACE, "Other words."), do="submit", revision=3)
    assert refused.status_code == 422
    assert kept(marking) == [(ROUTINE, ROUTINE + 11, "Thin, but there.")]
    assert "Your notes at passages" in page(marking)
    assert "“one routine”: Thin, but there." in page(marking)


def test_notes_save_by_themselves_and_an_older_page_overwrites_none(marking: Marking) -> None:
    assert autosave(marking, (PLACE, "Thin.")).json()["revision"] == 1
    assert autosave(marking, (PLACE, "Thin.")).json()["revision"] == 1
    stale = autosave(marking, ("0:8:", "Mine."))
    assert stale.status_code == 409
    assert kept(marking) == [(ROUTINE, ROUTINE + 11, "Thin.")]


def test_a_page_that_knows_nothing_of_them_takes_none_away(marking: Marking) -> None:
    send(marking, (PLACE, "Thin."))
    posted = {f"point_{number}": "2" for number in range(1, 6)} | FEEDBACK | {"revision": 1, "save": "1"}
    assert client_of(marking.marker).post(f"/mark/{marking.pk}/", posted).status_code == 302
    assert len(kept(marking)) == 1


def test_without_a_script_a_paragraph_is_chosen_by_its_number(marking: Marking) -> None:
    text = page(marking)
    second = make.TEXT.index("I would agree")
    place = f"{seen(marking)}@{second}:{len(make.TEXT)}:"
    assert f'<option value="{place}">2</option>' in text
    send(marking, new_passage=place, new_note="The plan.")
    assert kept(marking) == [(second, len(make.TEXT), "The plan.")]
    refused = send(marking, (place, "The plan."), revision=1, new_note="Where?")
    assert "Choose the paragraph that this note belongs to." in refused.content.decode()
    assert "Where?" in refused.content.decode()


def test_a_new_note_on_a_refused_form_stands_once_when_it_is_sent_again(marking: Marking) -> None:
    refused = send(marking, do="submit", point_1="9", new_passage=PLACE, new_note="Thin.")
    text = refused.content.decode()
    assert refused.status_code == 422
    assert text.count("Thin.</textarea>") == 1
    assert f'<option value="{PLACE}" selected' not in text


def test_a_sign_that_no_database_keeps_is_left_out(marking: Marking) -> None:
    assert send(marking, (PLACE, "Th\0in.")).status_code == 302
    assert [note for _, _, note in kept(marking)] == ["Thin."]


def test_overlapping_notes_are_both_marked(marking: Marking) -> None:
    send(marking, (PLACE, "A"), (f"{ROUTINE + 4}:{ROUTINE + 20}:", "B"))
    text = page(marking)
    assert "<mark>one </mark><mark>routine</mark><a" in text
    assert 'id="text-2"' in text


def test_code_points_count_and_not_what_a_browser_counts(marking: Marking) -> None:
    Script.objects.update(text="𝒳𝒳 and 👩‍🏫 teach.")
    send(marking, ("7:10:", "Who?"))
    assert marking.pk
    assert "<mark>👩‍🏫</mark>" in page(marking)


@pytest.mark.parametrize(
    "place", ["-1:4:", "4:2:", "4:4:", "0:99999:", "0:4:other", "0:4", "x:y:", "", "0:4:" + "k" * 200]
)
@pytest.mark.parametrize("way", [send, autosave])
def test_places_that_no_page_sends_are_refused(marking: Marking, place: str, way: Any) -> None:
    response = way(marking, (place, "Ha"))
    assert response.status_code in (409, 422)
    assert "fit the script" in response.content.decode()
    assert kept(marking) == []


def test_lists_that_do_not_fit_each_other_are_refused(marking: Marking) -> None:
    assert autosave(marking, passage=[PLACE, "0:4:"], passage_note=["One"]).status_code == 422
    assert kept(marking) == []


def test_a_refused_form_keeps_new_notes_and_marks_them(marking: Marking) -> None:
    refused = send(marking, (PLACE, "Thin."), do="submit", point_1="9")
    assert refused.status_code == 422
    assert "<mark>one routine</mark>" in refused.content.decode()
    assert "Thin.</textarea>" in refused.content.decode()
    assert kept(marking) == []


def test_a_note_is_no_place_for_markup(marking: Marking) -> None:
    send(marking, (PLACE, "<script>alert(1)</script>"))
    assert "<script>alert" not in page(marking)


def test_names_stay_covered_in_what_is_kept(marking: Marking) -> None:
    script = Script.objects.get()
    name = "Amara Applicant"
    assert Enrolment.objects.filter(application__name=name).exists()
    Script.objects.filter(pk=script.pk).update(text=f"I, {name}, would agree on one routine.")
    send(marking, ("3:12:", "A name."))
    marking.refresh_from_db()
    assert marking.passages[0]["quote"] == "[covered]"
    assert name not in page(marking)


@pytest.mark.parametrize("way", [send, autosave])
@pytest.mark.parametrize("chosen", ["in the text", "by its number"])
def test_a_name_that_is_covered_under_an_open_page_moves_no_new_note(
    marking: Marking, way: Any, chosen: str
) -> None:
    def note(place: str, **more: Any) -> Any:
        one = {"new_passage": place, "new_note": "Thin."} if chosen == "by its number" else {}
        return way(marking, *([] if one else [(place, "Thin.")]), **one, **more)

    at_open = seen(marking)
    person = marking.script.sitting.enrolment.user
    person.name = "Would Agree"
    person.save()
    refused = note(f"{at_open}@{PLACE}")
    assert refused.status_code in (409, 422)
    assert "changed since you opened it" in refused.content.decode()
    assert kept(marking) == []
    if way is send:  # what was written is there, for the place that it was written at, and is refused again
        assert "Thin.</textarea>" in refused.content.decode()
        assert note(f"{at_open}@{PLACE}").status_code == 422
    assert seen(marking) != at_open
    assert note(f"{seen(marking)}@{PLACE}").status_code in (200, 302)
    assert [words for _, _, words in kept(marking)] == ["Thin."]


def test_what_was_kept_before_a_name_was_covered_can_still_be_changed(marking: Marking) -> None:
    at_open = seen(marking)
    send(marking, (f"{at_open}@{PLACE}", "Thin."))
    person = marking.script.sitting.enrolment.user
    person.name = "Would Agree"
    person.save()
    assert send(marking, (f"{at_open}@{PLACE}", "Thin, but there."), revision=1).status_code == 302
    assert kept(marking) == [(ROUTINE, ROUTINE + 11, "Thin, but there.")]
    assert "“<span data-quote>one routine</span>”" in page(marking)


def test_where_the_text_reads_otherwise_by_now_a_note_is_listed_and_not_marked(marking: Marking) -> None:
    send(marking, (PLACE, "Thin."))
    Script.objects.update(text="Something else that is long enough to have this place in it, and more. " * 3)
    text = page(marking)
    assert "<mark>" not in text
    assert "“<span data-quote>one routine</span>”" in text


# --- who else reads them -----------------------------------------------------------------------------
def _both_submit(marking: Marking) -> Marking:
    other = Marking.objects.select_related("marker", "script__sitting__window").get(position=2)
    send(marking, (PLACE, "First word."), do="submit")
    send(other, ("0:8:", "Second word."), do="submit")
    return other


def test_the_other_marker_never_reads_them(marking: Marking) -> None:
    other = _both_submit(marking)
    text = page(other)
    assert "the marks of this script are agreed" in text.lower()
    assert "First word." not in text
    assert "Second word." in text


def test_a_moderator_reads_them_after_their_own_marks_and_sees_where(marking: Marking) -> None:
    _both_submit(marking)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=marking.script.sitting.window, by=chidi, at=make.CLOSED, seed="s")
    sampled = opened.sample.get()
    address = f"/moderate/scripts/{sampled.pk}/"
    before = client_of(chidi).get(address).content.decode()
    assert "First word." not in before
    assert "<mark>" not in before
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    after = client_of(chidi).get(address).content.decode()
    assert "<mark>one routine</mark>" in after
    assert "<mark>Teachers</mark>" in after
    assert "“one routine”: First word." in after
    assert "Second marker" in after


def test_they_are_kept_with_marks_that_are_set_aside_and_never_handed_on(marking: Marking) -> None:
    _both_submit(marking)
    office = marking.script.sitting.window.created_by
    moderation.set_aside(marking=marking, reason="They met.", by=office, at=make.CLOSED)
    assert SetAside.objects.get().passages[0]["note"] == "First word."
    again = Marking.objects.select_related("marker", "script__sitting__window").get(position=1)
    assert again.passages == []
    send(again, (PLACE, "Begun."))
    other = factories.member(Role.MARKER, "Bim Marker")
    given = actions.reassign(marking=again, to=other, reason="Ill", by=office, at=make.CLOSED)
    assert kept(given) == []
    assert HandedBack.objects.get().passages[0]["note"] == "Begun."
