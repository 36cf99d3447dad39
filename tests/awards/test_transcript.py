"""The transcript: hours, areas, events, released results, award and code; in every script, as page and as PDF."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from goldenthread.awards import actions, transcript
from goldenthread.awards.certificate import long_day
from goldenthread.awards.models import Award
from goldenthread.common.refused import Refused
from goldenthread.events.models import CatchUp
from goldenthread.events.rules import SCHEDULED_KINDS
from tests import by_hand, factories
from tests import factories_marking as make
from tests.awards.test_actions import award, released

pytestmark = pytest.mark.django_db
AT = make.CLOSED + timedelta(days=3)


def text_of(found: transcript.Transcript) -> str:
    reader = PdfReader(io.BytesIO(transcript.pdf_of(found)))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_a_transcript_says_hours_areas_events_results_award_and_code() -> None:
    made = award()
    found = transcript.transcript_of(made.outcome.enrolment, at=AT)
    specification = made.outcome.enrolment.version.specification
    assert found.total == ("All components", "66 h 36 min", "74 h")
    assert {name for name, _, _ in found.hours} <= {part.name for part in specification.components}
    assert found.areas == list(specification.content_areas)
    assert len(found.areas) > 2
    said = text_of(found)
    for part in ("Siân Ŵyn", "NPQLT, reformed edition", "66 h 36 min", found.areas[0], made.code, "Engagement",
                 "9 of 12 marks", "14 October 2025", "Made from the records of"):  # fmt: skip
        assert part in said
    assert dict(transcript.award_rows(found))["Verified at"].endswith(f"/verify/{made.code}/")


def test_events_stand_with_their_day_and_how_the_person_took_part() -> None:
    made = award()
    enrolment = made.outcome.enrolment
    credited = [one for one in enrolment.plan.order_by("due_on", "position") if one.kind in SCHEDULED_KINDS]
    assert len(credited) > 1
    first = transcript.transcript_of(enrolment, at=AT).events
    assert {said for _, _, said in first} == {"in part"}  # credited, and no register says more
    CatchUp.objects.create(
        enrolment=enrolment,
        activity_key=credited[0].key,
        how="Recording",
        recorded_by=enrolment.user,
        recorded_at=AT,
    )
    found = transcript.transcript_of(enrolment, at=AT)
    day = long_day(credited[0].due_on)
    assert (day, credited[0].title, "made up") in found.events
    assert len(found.events) == len(first)
    assert day in text_of(found)


def test_before_the_release_nothing_of_the_assessment_is_said() -> None:
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    make.mark_all(window)
    make.moderated(window)
    found = transcript.transcript_of(person, at=AT)
    assert (found.assessed, found.award) == ([], None)
    said = text_of(found)
    assert "No result is released yet" in said
    assert "none so far" in said
    assert "marks" not in said


def test_who_did_not_pass_has_a_record_without_a_code() -> None:
    outcome = released(3990)[0]
    found = transcript.transcript_of(outcome.enrolment, at=AT)
    assert ("Engagement", "not met") in [row[:2] for row in found.assessed]
    assert "none so far" in dict(transcript.award_rows(found))["Award"]
    assert text_of(found)


def test_a_revoked_award_is_said_to_be_revoked_and_its_code_is_not_there() -> None:
    made = award()
    actions.revoke(award=made, reason="Issued in error.", by=None, at=AT)
    found = transcript.transcript_of(made.outcome.enrolment, at=AT)
    said = text_of(found)
    assert "revoked on 17 October 2025" in said
    assert made.code not in said


@pytest.mark.parametrize(
    "holder", ["王小明", "佐藤 さくら", "أمينة بنت محمد", "Nguyễn Thị Hà", "#evil *b* [c]"]
)
def test_names_of_every_script_are_printed_and_none_is_markup(holder: str) -> None:
    made = award()
    by_hand.alter(Award.objects.all(), holder_name=holder)
    said = text_of(transcript.transcript_of(made.outcome.enrolment, at=AT))
    if holder[0] != "أ":  # a reader gives Arabic letters in the order of the page
        assert holder in said


def test_a_sign_that_no_font_has_is_refused_and_not_printed_as_a_box() -> None:
    made = award()
    by_hand.alter(Award.objects.all(), holder_name="\U00014400 Smith")
    with pytest.raises(Refused, match="lacks a font"):
        transcript.pdf_of(transcript.transcript_of(made.outcome.enrolment, at=AT))


def test_the_pdf_is_tagged_named_and_the_same_every_time() -> None:
    found = transcript.transcript_of(award().outcome.enrolment, at=AT)
    pdf = transcript.pdf_of(found)
    assert pdf == transcript.pdf_of(found)
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_in_a_demonstration_it_is_a_specimen(settings) -> None:
    settings.DEMONSTRATION = True
    assert "It certifies nothing" in text_of(transcript.transcript_of(award().outcome.enrolment, at=AT))
