"""Guessing codes with the limits as they are: how many guesses get through, what they find, what the rules state."""

from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from django.test import Client
from time_machine import travel

from goldenthread.awards import rules
from goldenthread.common.limits import Limit, take, used_up
from goldenthread.web.shared import limits
from tests import factories_marking as make

AT = make.CLOSED
MINUTE, YEAR = timedelta(minutes=1), timedelta(days=365)
AWARDS = 100_000  # of one programme in one year, as the rules suppose
CODES = len(rules.ALPHABET) ** sum(rules.GROUPS)
EARLIER_CODES = len(rules.ALPHABET) ** sum(rules.EARLIER_GROUPS)
FIT = 100  # of so many holders one has the name and the day that are guessed, as the rules suppose
RULES = Path(__file__).parents[2] / "docs/rules/awards.md"


def most(limit: Limit, during: timedelta) -> int:
    """How often a limit lets one caller in at most: each stretch is followed by the next."""
    return -(-during // limit.within) * limit.times


def chance(guesses: int, awards: int = AWARDS, codes: int = CODES) -> Fraction:
    """The chance, at most, that one of so many guesses is the code of one of so many awards."""
    return Fraction(guesses * awards, codes)


def guessed(addresses: int, at: datetime) -> int:
    """How many guesses are looked up at an instant if each address goes on until it is refused; counted as in
    `verifying` and `wrong_code`, which the last test here holds against requests.
    """
    through = 0
    for number in range(addresses):
        while True:
            slow = used_up(limits.WRONG_CODES, limits.EVERYWHERE, at=at) is not None
            if take(limits.VERIFY_WHILE_GUESSED if slow else limits.VERIFY, f"address {number}", at=at):
                break
            take(limits.WRONG_CODES, limits.EVERYWHERE, at=at)
            through += 1
    return through


# --- what gets through ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_one_address_that_guesses_for_hours_gets_thirty_through_in_each_minute() -> None:
    through = 0
    for third in range(3 * 180):  # every 20 seconds until it is refused
        through += guessed(1, AT + third * MINUTE / 3)
    assert through == 30 * 180 == most(limits.VERIFY, timedelta(hours=3))


@pytest.mark.django_db
def test_whoever_comes_back_at_the_very_end_of_each_stretch_gets_no_more_through() -> None:
    at, through = AT, 0
    while at < AT + timedelta(hours=1):
        again = take(limits.VERIFY, "address 192.0.2.1", at=at)
        through += again is None
        at = again or at
    assert through == most(limits.VERIFY, timedelta(hours=1))


@pytest.mark.django_db
def test_a_crowd_gets_a_thousand_through_in_ten_minutes_and_then_three_a_minute_each() -> None:
    fast, slow = limits.WRONG_CODES.times, limits.VERIFY_WHILE_GUESSED.times
    minutes = [guessed(50, AT + number * MINUTE) for number in range(20)]
    left = 50 - fast // limits.VERIFY.times  # those whose turn came after the thousandth
    assert minutes == [fast + left * slow, *[50 * slow] * 9] * 2
    assert sum(minutes) <= most(limits.WRONG_CODES, 20 * MINUTE) + 50 * most(
        limits.VERIFY_WHILE_GUESSED, 20 * MINUTE
    )


@pytest.mark.django_db
def test_requests_are_counted_by_the_limits_as_they_are(client: Client) -> None:
    with travel(AT, tick=False):
        alone = [client.get("/verify/nonsense/", REMOTE_ADDR="192.0.2.1").status_code for _ in range(32)]
        for _ in range(limits.WRONG_CODES.times - 30 - 1):
            assert take(limits.WRONG_CODES, limits.EVERYWHERE, at=AT) is None
        crowd = [client.get("/verify/nonsense/", REMOTE_ADDR="198.51.100.1").status_code for _ in range(6)]
    assert alone == [404] * limits.VERIFY.times + [429] * 2
    # The thousandth wrong one is this address's first, which counts among its thirty and not among its three.
    assert crowd == [404] * (1 + limits.VERIFY_WHILE_GUESSED.times) + [429] * 2


@pytest.mark.django_db
def test_codes_of_ten_symbols_are_counted_by_limits_of_their_own(client: Client) -> None:
    said = {"code": "NPQLT-2024-3333-3333-33", "name": "Siân Ŵyn", "day": "2024-03-09"}

    def tries(address: str, times: int) -> list[int]:
        return [
            client.post("/verify/certificate/", said, REMOTE_ADDR=address).status_code for _ in range(times)
        ]

    with travel(AT, tick=False):
        assert tries("192.0.2.1", 22) == [404] * limits.VERIFY_EARLIER.times + [429] * 2
        for _ in range(limits.WRONG_EARLIER.times - 20):
            assert take(limits.WRONG_EARLIER, limits.EVERYWHERE, at=AT) is None
        assert tries("198.51.100.1", 5) == [404] * limits.EARLIER_WHILE_GUESSED.times + [429] * 2
        asked = client.get("/verify/NPQLT-2024-3333-3333-33/", REMOTE_ADDR="198.51.100.1")
    assert asked.status_code == 200  # the question itself tells nothing


# --- what that finds -----------------------------------------------------------------------------------------
def test_what_one_address_finds_in_a_year_is_one_award_with_a_chance_below_one_in_a_million() -> None:
    year = most(limits.VERIFY, YEAR)
    assert year == 15_768_000
    assert chance(year) < Fraction(1, 20_000_000)
    assert chance(1_000_000) < Fraction(1, 100_000_000)
    assert chance(year, awards=1) < Fraction(1, 10**12)  # a code that somebody has in mind


def test_codes_of_earlier_awards_are_found_by_nobody_since_name_and_day_are_asked_too() -> None:
    year = most(limits.VERIFY_EARLIER, YEAR)
    assert year == 175_200
    assert chance(year, codes=EARLIER_CODES) / FIT < Fraction(1, 500_000)
    assert chance(year, awards=1, codes=EARLIER_CODES) / FIT < Fraction(1, 50_000_000_000)


def test_a_crowd_that_guesses_earlier_codes_for_a_year_finds_one_with_a_chance_of_one_in_thousands() -> None:
    addresses = 1000
    year = most(limits.WRONG_EARLIER, YEAR) + addresses * most(limits.EARLIER_WHILE_GUESSED, YEAR)
    assert year == 27_156_000
    assert chance(year, codes=EARLIER_CODES) / FIT < Fraction(1, 3_000)


def test_a_crowd_of_a_thousand_addresses_is_slowed_to_a_tenth() -> None:
    addresses = 1000
    slowed = most(limits.WRONG_CODES, YEAR) + addresses * most(limits.VERIFY_WHILE_GUESSED, YEAR)
    unslowed = addresses * most(limits.VERIFY, YEAR)
    assert slowed == 1_629_360_000
    assert Fraction(slowed, unslowed) < Fraction(104, 1000)
    assert chance(slowed) < Fraction(1, 200_000)


# --- what the rules state ------------------------------------------------------------------------------------
NUMBERS = {
    3: "three",
    10: "ten",
    14: "fourteen",
    20: "twenty",
    25: "25",
    30: "thirty",
    100: "a hundred",
    1000: "a thousand",
}


def test_the_figures_that_the_rules_state_come_out_of_the_constants() -> None:
    stated = " ".join(RULES.read_text().split())
    symbols, kinds = sum(rules.GROUPS), len(rules.ALPHABET)
    earlier = sum(rules.EARLIER_GROUPS)
    assert len(set(rules.ALPHABET)) == kinds
    assert (limits.VERIFY.within, limits.VERIFY_WHILE_GUESSED.within) == (MINUTE, MINUTE)
    ten = NUMBERS[limits.WRONG_CODES.within // MINUTE]
    of_earlier = EARLIER_CODES // AWARDS // 10_000_000 * 10  # in millions, rounded down to ten of them
    year = most(limits.VERIFY, YEAR)
    assert {one.within for one in (limits.VERIFY_EARLIER, limits.WRONG_EARLIER)} == {60 * MINUTE}
    assert limits.EARLIER_WHILE_GUESSED.within == 60 * MINUTE
    slowed = most(limits.WRONG_EARLIER, YEAR) + 1000 * most(limits.EARLIER_WHILE_GUESSED, YEAR)
    alone, crowd = (
        int(FIT / chance(guesses, codes=EARLIER_CODES)) // step * step
        for guesses, step in ((most(limits.VERIFY_EARLIER, YEAR), 10_000), (slowed, 100))
    )
    for said in (
        f"ends in {NUMBERS[symbols]} symbols of {NUMBERS[kinds]}: {CODES // 10**18} million million million codes",
        f"100,000 awards in a year, one guess in {CODES // AWARDS // 10**12} million million finds one",
        f"a chance of one in {1 // chance(year) // 10**6} million",
        (
            f"{NUMBERS[earlier]} symbols, {EARLIER_CODES // 10**12} million million codes: "
            f"one guess in {of_earlier} million finds one"
        ),
        f"the name and the day that are guessed fit one holder in {NUMBERS[FIT]}",
        f"one address that guesses for a year finds one with a chance of one in {alone:,}",
        f"a thousand addresses with one of one in {crowd:,}",
        f"{NUMBERS[limits.VERIFY_EARLIER.times]} codes of ten symbols an hour",
        f"more than {NUMBERS[limits.WRONG_EARLIER.times]} wrong ones come in an hour",
        f"{NUMBERS[limits.EARLIER_WHILE_GUESSED.times]} an hour each",
        f"{NUMBERS[limits.VERIFY.times]} codes a minute are looked up",
        f"more than {NUMBERS[limits.WRONG_CODES.times]} wrong ones come in {ten} minutes from everywhere together",
        f"everybody has {NUMBERS[limits.VERIFY_WHILE_GUESSED.times]} a minute: a crowd is slowed to a tenth",
    ):
        assert said in stated, said
    assert limits.VERIFY.times == 10 * limits.VERIFY_WHILE_GUESSED.times
