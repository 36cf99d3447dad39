"""What a text is found by, and which of what was found comes first. No Django, no database.

Words are compared without capitals and accents ("Ŵyn" is found by "wyn") and in the singular. All that a database is
asked is made of the letters a to z and digits, so that no text is an operator, and both databases compare alike.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_QUERY = 200  # characters of it that are read
MOST_WORDS = 10
LONGEST_WORD = 40
SHORTEST_PREFIX = 2  # a single letter is looked for as a word of its own
ALIKE = 0.75  # how alike two words are that may be one misspelt, of 1
SNIPPET = 180  # characters
BEFORE = 50  # of them before the first word that was found

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
# Words that say nothing about what somebody looks for; looked for only where there is nothing else.
EMPTY_WORDS = frozenset(
    "a an and are at be by can do does for from have how i if in is it me my of on or that the there this to what "
    "when where which who why will with you your".split()
)


def fold(word: str) -> str:
    """A word in small letters a to z and digits; a letter of another alphabet becomes its number."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    letters = (_LETTERS.get(letter, letter) for letter in plain if not unicodedata.combining(letter))
    folded = "".join(letters)
    return "".join(
        one if one.isascii() and one.isalnum() else f"u{ord(one):x}" for one in folded if one not in "'’"
    )


def singular(word: str) -> str:
    """A folded word without the commonest endings of an English plural: "studies" → "study", "classes" → "class"."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def index_words(text: str) -> str:
    """What a text is found by, in order and once each: its words as written and in the singular."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(text):
        word = fold(match.group())[:LONGEST_WORD]
        found.setdefault(word)
        found.setdefault(singular(word))
    return " ".join(filter(None, found))


def query_words(text: str) -> tuple[str, ...]:
    """The words that a query asks for, folded and in the singular; empty ones only if there are no others."""
    words: dict[str, None] = {}
    for match in _WORD.finditer(text[:LONGEST_QUERY].replace("\0", " ")):
        words.setdefault(fold(match.group())[:LONGEST_WORD])
    telling = [word for word in words if word and word not in EMPTY_WORDS] or list(filter(None, words))
    return tuple(dict.fromkeys(singular(word) for word in telling[:MOST_WORDS]))


def matches(word: str, asked: Iterable[str]) -> bool:
    """Whether a word as written is one that is asked for, or begins with it."""
    folded = fold(word)
    both = (folded, singular(folded))
    return any(
        one in both or (len(one) >= SHORTEST_PREFIX and any(form.startswith(one) for form in both))
        for one in asked
    )


# --- order -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Candidate:
    """What the order of one found thing depends on: the words of its title and of all its text, as indexed."""

    title: frozenset[str]
    all: frozenset[str]
    position: int


def standing(candidate: Candidate, asked: Sequence[str]) -> tuple[int, int, int, int, int]:
    """A key by which what fits best comes first.

    Words that are there at all, then words in the title, whole words in the title, a short title, whole words in the
    text; the position decides between equals.
    """
    there = sum(_begun(word, candidate.all) for word in asked)
    in_title = sum(_begun(word, candidate.title) for word in asked)
    whole = sum(word in candidate.title for word in asked)
    whole_in_text = sum(word in candidate.all for word in asked)
    length = len(candidate.title) if in_title else 0
    return (-there, -in_title - whole, length, -whole_in_text, candidate.position)


def _begun(word: str, words: frozenset[str]) -> bool:
    if word in words:
        return True
    return len(word) >= SHORTEST_PREFIX and any(one.startswith(word) for one in words)


def respelt(asked: Sequence[str], titles: Iterable[str]) -> str:
    """The query with words of `titles` for those that are spelt nearly like them; "" if there is none."""
    known = {fold(m.group()): m.group().lower() for title in titles for m in _WORD.finditer(title)}
    near = {word: get_close_matches(word, known, n=1, cutoff=ALIKE) for word in asked}
    if not any(near.values()):
        return ""
    return " ".join(known[found[0]] if (found := near[word]) else word for word in asked)


# --- what is shown -----------------------------------------------------------------------------------
Piece = tuple[str, bool]  # a part of a text, and whether it is marked


def marked(text: str, asked: Sequence[str]) -> list[Piece]:
    """The text in pieces, those marked that a query asked for."""
    pieces: list[Piece] = []
    done = 0
    for match in _WORD.finditer(text):
        if matches(match.group(), asked):
            pieces += [(text[done : match.start()], False)] if match.start() > done else []
            pieces.append((match.group(), True))
            done = match.end()
    return pieces + ([(text[done:], False)] if done < len(text) else [])


def snippet(text: str, asked: Sequence[str]) -> list[Piece]:
    """The stretch of a text around the first word that was asked for, in pieces; its beginning if there is none."""
    first = next((m.start() for m in _WORD.finditer(text) if matches(m.group(), asked)), 0)
    start = 0 if first <= BEFORE or len(text) <= SNIPPET else _after_blank(text, first - BEFORE)
    end = len(text) if len(text) - start <= SNIPPET else _before_blank(text, start + SNIPPET)
    pieces = marked(text[start:end].strip(), asked)
    before = [("… ", False)] if start else []
    after = [(" …", False)] if end < len(text) else []
    return before + pieces + after


def _after_blank(text: str, place: int) -> int:
    blank = text.find(" ", place)
    return place if blank < 0 or blank - place > LONGEST_WORD else blank + 1


def _before_blank(text: str, place: int) -> int:
    blank = text.rfind(" ", 0, place + 1)
    return place if place - blank > LONGEST_WORD else blank
