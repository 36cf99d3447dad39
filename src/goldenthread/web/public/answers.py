"""The questions and words of `help.toml`: what /help/ and /glossary/ show and the search finds."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.text import slugify

FILE = Path(__file__).with_name("help.toml")


@dataclass(frozen=True)
class Question:
    """A question with its answer in markdown, under the key that its address ends with."""

    key: str
    title: str
    answer: str
    also: str = ""


@dataclass(frozen=True)
class Term:
    """A word of the field and what it means."""

    word: str
    means: str
    also: str = ""

    @property
    def key(self) -> str:
        return f"word-{slugify(self.word)}"


@dataclass(frozen=True)
class Answers:
    questions: tuple[Question, ...]
    terms: tuple[Term, ...]
    sha256: str


@cache
def answers() -> Answers:
    """The content of the file, read once per process; terms by the alphabet."""
    content = FILE.read_bytes()
    file = tomllib.loads(content.decode())
    terms = sorted((Term(**term) for term in file["term"]), key=lambda term: term.word.casefold())
    return Answers(
        tuple(Question(**question) for question in file["question"]),
        tuple(terms),
        hashlib.sha256(content).hexdigest()[:16],
    )
