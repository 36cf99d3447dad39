"""States, targets, routing, spam, telephone numbers: pure rules with values around their edges."""

from datetime import UTC, date, datetime, time

import pytest

from goldenthread.common.refused import Refused
from goldenthread.enquiries import rules
from goldenthread.enquiries.answering import HERE, read_targets
from goldenthread.enquiries.rules import Hours, Offer, Place, Signs, State, Verb

LONDON, BRISTOL, EXETER, PARIS = (
    Place(51.5074, -0.1278),
    Place(51.4545, -2.5879),
    Place(50.7184, -3.5339),
    Place(48.8566, 2.3522),
)


def utc(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


# --- states ------------------------------------------------------------------------------------------
def test_every_state_knows_what_their_writing_does() -> None:
    after = {state: rules.move(state, Verb.HEAR) for state in State}
    assert after == {
        State.NEW: State.NEW,
        State.WAITING_US: State.WAITING_US,
        State.WAITING_THEM: State.WAITING_US,
        State.CLOSED: State.WAITING_US,
    }


@pytest.mark.parametrize("verb", [Verb.ANSWER, Verb.CLOSE])
def test_a_closed_enquiry_is_opened_before_anything_else(verb: Verb) -> None:
    with pytest.raises(Refused, match="open it again first"):
        rules.move(State.CLOSED, verb)


# --- targets -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        (utc(1, 8), 8, utc(1, 16)),  # Monday 9:00 in London: the whole day
        (utc(1, 12), 8, utc(2, 12)),  # over the night
        (utc(5, 15), 2, utc(8, 9)),  # Friday 16:00: one hour today, one on Monday
        (utc(6, 10), 1, utc(8, 9)),  # Saturday
        (utc(1, 3), 1, utc(1, 9)),  # before opening
        (utc(1, 20), 1, utc(2, 9)),  # after closing
    ],
)
def test_an_answer_is_due_in_working_hours(received: datetime, hours: int, due: datetime) -> None:
    assert rules.due_at(received, hours, Hours()) == due


def test_holidays_are_no_working_days_and_a_clock_change_is_no_working_time() -> None:
    easter = Hours(free=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    assert rules.due_at(utc(2, 15, month=4), 2, easter) == utc(7, 9, month=4)
    sunday = Hours(days=(6,), opens=time(0), closes=time(4))
    assert rules.due_at(utc(28, 12, month=3), 3, sunday) == utc(29, 3, month=3)  # 1:00 becomes 2:00


def test_without_a_working_day_an_hour_is_an_hour() -> None:
    assert rules.due_at(utc(1, 8), 5, Hours(days=())) == utc(1, 13)


def test_the_shipped_targets_can_be_read_and_wrong_ones_are_named(tmp_path) -> None:
    targets = read_targets()
    assert targets.due("form", utc(1, 8)) == utc(2, 16)
    wrong = tmp_path / "answering.toml"
    wrong.write_text(HERE.read_text().replace("phone = 8", "phone = 0"))
    with pytest.raises(ValueError, match="0 working hours"):
        read_targets(wrong)


# --- who answers -------------------------------------------------------------------------------------
OFFERS = [
    Offer(programme=1, intake=10, partner=7, place=LONDON),
    Offer(programme=1, intake=11, partner=8, place=BRISTOL),
    Offer(programme=2, intake=12, partner=9, place=BRISTOL),
    Offer(programme=1, intake=13, partner=6, place=None),
]


@pytest.mark.parametrize(
    ("programme", "place", "partner"),
    [
        (1, EXETER, 8),
        (1, LONDON, 7),
        (2, EXETER, 9),
        (1, PARIS, None),
        (2, LONDON, None),
        (1, None, None),
        (None, LONDON, None),
    ],
)
def test_the_nearest_partner_of_the_programme_answers_else_the_office(
    programme: int | None, place: Place | None, partner: int | None
) -> None:
    assert rules.partner_for(OFFERS, programme=programme, place=place) == partner


def test_an_intake_is_far_only_where_its_places_and_the_persons_are_known() -> None:
    def near(intake: int, place: Place | None, *, online: bool = False) -> bool:
        return rules.is_near(OFFERS, intake=intake, place=place, online=online)

    assert near(10, LONDON)
    assert not near(10, BRISTOL)
    assert near(10, BRISTOL, online=True)
    assert near(10, None)
    assert near(13, PARIS)


def test_consent_ends_after_two_years_also_from_the_end_of_february() -> None:
    assert rules.consent_until(date(2026, 6, 1)) == date(2028, 6, 1)
    assert rules.consent_until(date(2024, 2, 29)) == date(2026, 2, 28)


# --- spam --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "signs", "why"),
    [
        ("When does NPQLT start? We are two teachers from Leeds.", Signs(seconds=30), ""),
        ("See https://example.org/my-school for who we are, please tell us more.", Signs(seconds=30), ""),
        ("A question", Signs(seconds=2.9), "seconds"),
        ("A question", Signs(seconds=3), ""),
        ("A question", Signs(), "when it was opened"),
        ("A question", Signs(trap="x", seconds=90), "don't see"),
        ("https://a.example/ now", Signs(seconds=30), "little more than a link"),
        ("http://a.b http://c.d http://e.f www.g.h and many words around all of them here", None, "4 links"),
        ("Dear owner, we offer SEO services for your site to be found", None, "seo services"),
    ],
)
def test_what_speaks_against_a_message_is_said(text: str, signs: Signs | None, why: str) -> None:
    found = rules.suspicion(text, signs)
    assert (why in found) if why else found == ""


# --- contact points ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("+44 (0)117 920 9200", "+441179209200"),
        ("0117 920 9200", "+441179209200"),
        ("0044 117 920 9200", "+441179209200"),
        ("020 7946 0018", "+442079460018"),
        ("+971 4 123 4567", "+97141234567"),
        ("+1 212 555 0123", "+12125550123"),
    ],
)
def test_spellings_of_a_number_are_one_number(printed: str, number: str) -> None:
    assert rules.phone_number(printed) == number


@pytest.mark.parametrize(
    "printed",
    ["+117 920 94028", "+11792094028", "tel:+11792094028", "0117 92", "+0117 920 9200", "call us", ""],
)
def test_what_is_no_number_is_refused(printed: str) -> None:
    with pytest.raises(Refused, match="is no telephone number"):
        rules.phone_number(printed)


def test_texts_are_cleaned_and_bounded() -> None:
    assert rules.check_text("  a\x00b\r\n\r\n\r\n\r\nc ") == "ab\n\nc"
    with pytest.raises(Refused, match="Write your question"):
        rules.check_text(" \x07\n ")
    with pytest.raises(Refused, match="Shorten this to 5,000 characters"):
        rules.check_text("x" * 5001)


def test_a_mails_new_words_are_told_from_what_it_quotes() -> None:
    split = rules.split_quoted("Thank you!\n\nOn Mon, 1 Jun 2026 the office wrote:\n> We meet in May.")
    assert (split.text, split.quoted.endswith("> We meet in May.")) == ("Thank you!", True)
    assert rules.split_quoted("a > b\n> only a quotation\nand more").quoted == ""
    assert rules.subject_of("Re: AW: Dates [Q-7K2M9Q]") == "Dates"
