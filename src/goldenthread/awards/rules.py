"""The code on a certificate: made so that nobody guesses one, read back however somebody types it (S1-08)."""

import re
import unicodedata
from collections.abc import Callable, Sequence

# No 0 or O, 1, I or L, 5 or S, 2 or Z, U or V: what is read aloud or from a bad copy stays one thing.
ALPHABET = "346789ABCDEFGHJKMNPQRTWXY"
GROUPS = (4, 4, 2)
_SHAPE = re.compile(r"([A-Z]{2,8})([0-9]{4})([A-Z0-9]{4})([A-Z0-9]{4})([A-Z0-9]{2})")

Choose = Callable[[Sequence[str]], str]


def new_code(programme: str, year: int, choose: Choose) -> str:
    """A code such as "NPQLT-2027-7K3M-9QXD-4T".

    `choose` picks one symbol; with a choice that can't be foreseen, ten symbols of 25 are one of 95 million
    million codes for each programme and year.
    """
    parts = ["".join(choose(ALPHABET) for _ in range(size)) for size in GROUPS]
    return "-".join([programme.upper(), str(year), *parts])


def canonical(text: str) -> str | None:
    """The code somebody meant, whatever case, dashes and spaces; None for what can't be a code."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text[:200]).upper() if c.isalnum())
    match = _SHAPE.fullmatch(plain)
    return "-".join(match.groups()) if match else None
