"""Seals by themselves: only the right key opens them, only in their place, only as they were made."""

import base64
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.assessment import sealing
from goldenthread.assessment.sealing import Keyring, Place, Unreadable

OLD, NEW, OTHER = (os.urandom(32) for _ in range(3))
PLACE = Place("text", 7, 3)
CONTENT = {"title": "Marlfield", "body": "Nobody has seen this.", "question": "What now? – naïve 中"}


def test_a_seal_opens_again_and_shows_nothing_of_its_content_or_its_keys() -> None:
    ring = Keyring([NEW])
    stored = sealing.seal(CONTENT, PLACE, ring)
    assert sealing.opened(stored, PLACE, ring) == CONTENT
    halves = b"".join(base64.b64decode(half) for half in stored.split("$")[2:])
    assert b"Nobody" not in halves
    assert NEW not in halves
    assert sealing.wrapped_by(stored) == ring.newest == sealing.key_name(NEW)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=400), max_size=8))
def test_any_text_comes_back_as_it_was(content: dict[str, str]) -> None:
    ring = Keyring([NEW])
    assert sealing.opened(sealing.seal(content, PLACE, ring), PLACE, ring) == content


def test_the_same_text_is_never_sealed_the_same_twice() -> None:
    ring = Keyring([NEW])
    assert len({sealing.seal(CONTENT, PLACE, ring) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "elsewhere", [Place("text", 8, 3), Place("text", 7, 2), Place("text", 7, 4), Place("needs", 7, 3)]
)
def test_a_seal_in_the_place_of_another_does_not_open(elsewhere: Place) -> None:
    ring = Keyring([NEW])
    with pytest.raises(Unreadable, match="altered, or stands in the place of another") as fault:
        sealing.opened(sealing.seal(CONTENT, PLACE, ring), elsewhere, ring)
    assert fault.value.code == "seal.altered"
    assert "keys check" in fault.value.message


def test_the_data_key_of_one_seal_does_not_open_the_content_of_another() -> None:
    ring = Keyring([NEW])
    one, other = (sealing.seal({"n": n}, PLACE, ring).split("$") for n in "12")
    with pytest.raises(Unreadable):
        sealing.opened("$".join([*one[:3], other[3]]), PLACE, ring)


@pytest.mark.parametrize("half", [2, 3])
def test_one_altered_bit_anywhere_is_noticed(half: int) -> None:
    ring = Keyring([NEW])
    parts = sealing.seal(CONTENT, PLACE, ring).split("$")
    raw = base64.b64decode(parts[half])
    for place in range(0, len(raw), 5):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        parts[half] = base64.b64encode(altered).decode()
        with pytest.raises(Unreadable):
            sealing.opened("$".join(parts), PLACE, ring)


@pytest.mark.parametrize(
    "stored",
    ["", "x", "clear text", "gtseal1$$$", "gtseal2$a$b$c", "gtseal1$aa$???$!!!", json.dumps(CONTENT)],
)
def test_what_is_no_seal_is_refused_and_never_taken_for_a_text(stored: str) -> None:
    with pytest.raises(Unreadable):
        sealing.opened(stored, PLACE, Keyring([NEW]))


def test_a_missing_key_is_named_with_the_variable_and_what_to_do() -> None:
    stored = sealing.seal(CONTENT, PLACE, Keyring([OLD]))
    with pytest.raises(Unreadable, match="GOLDENTHREAD_CASE_KEYS") as fault:
        sealing.opened(stored, PLACE, Keyring([NEW, OTHER]))
    assert fault.value.code == "seal.key"
    assert sealing.key_name(OLD) in fault.value.message
    assert "text of case study 7" in fault.value.message


def test_a_key_under_the_name_of_another_opens_nothing() -> None:
    parts = sealing.seal(CONTENT, PLACE, Keyring([OLD])).split("$")
    parts[1] = sealing.key_name(NEW)
    with pytest.raises(Unreadable):
        sealing.opened("$".join(parts), PLACE, Keyring([NEW]))


def test_a_new_key_wraps_anew_and_the_content_stays_as_it_is() -> None:
    stored = sealing.seal(CONTENT, PLACE, Keyring([OLD]))
    both = Keyring([NEW, OLD])
    assert sealing.opened(stored, PLACE, both) == CONTENT
    wrapped = sealing.rewrapped(stored, PLACE, both)
    assert wrapped.split("$")[3] == stored.split("$")[3]
    assert sealing.opened(wrapped, PLACE, Keyring([NEW])) == CONTENT
    assert sealing.rewrapped(wrapped, PLACE, both) == wrapped
    with pytest.raises(Unreadable):
        sealing.opened(wrapped, PLACE, Keyring([OLD]))


def test_a_new_key_is_random_and_of_the_right_length() -> None:
    assert len(base64.b64decode(sealing.new_key())) == sealing.KEY_BYTES
    assert sealing.new_key() != sealing.new_key()
