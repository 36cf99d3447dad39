"""How characters are compared: as people see them, so that nothing invisible and no lookalike tells two words apart.

No Django, no clock.
"""

import unicodedata

_Ranges = tuple[tuple[int, int], ...]
# What nobody sees (Unicode's default-ignorable code points, and controls that are no white space): it parts nothing.
_UNSEEN: _Ranges = (
    (0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
# Accents that stand behind their letter; the marks of other writings are part of it.
_ACCENTS: _Ranges = (
    (0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
)  # fmt: skip
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"  # letters and signs that look like a space
# Small letters of other alphabets, each before the Latin one that it, or its capital, is taken for.
_CYRILLIC = "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsһhӏlԁdԛqԝwүy"
_GREEK = "αaβbεeζzηhιiκkνvοoρpτtυyχxγyωw"
_OTHERS = "օoսuոnհhցgԍgıiɡgɑaɩiʏyſsᴀaᴄcᴏoᴠvᴡwᴢz"
_LOOKALIKES = {
    letter: like
    for pairs in (_CYRILLIC, _GREEK, _OTHERS)
    for letter, like in zip(pairs[::2], pairs[1::2], strict=True)
}
_LOOKALIKES |= {"Ν": "n", "Υ": "y", "μ": "µ"}


def _within(code: int, ranges: _Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


def folded(sign: str) -> str:
    """One character as it is compared: a small Latin letter without accent where it looks like one, nothing where
    nobody sees it, a space where it looks like one. What is neither letter nor digit stays.
    """
    code = ord(sign)
    if _within(code, _UNSEEN) or _within(code, _ACCENTS):
        return ""
    if sign in _BLANKS:
        return " "
    if not sign.isalnum():
        return sign
    if sign in _LOOKALIKES:
        return _LOOKALIKES[sign]
    plain = unicodedata.normalize("NFKD", sign).lower()
    seen = "".join(_LOOKALIKES.get(one, one) for one in plain if not _within(ord(one), _ACCENTS))
    if code < 0x100 and len(seen) != 1:
        return sign.lower()  # fractions: one sign each, as in every table of eight bits
    return seen or sign.lower()


class Folding(dict[int, str]):
    """A table for `str.translate` that is filled as characters come."""

    def __missing__(self, code: int) -> str:
        found = self[code] = folded(chr(code))
        return found


FOLDING = Folding()


def fold(text: str) -> str:
    """A text as it is compared."""
    return text.translate(FOLDING)


def fold_with_places(text: str) -> tuple[str, list[int] | None]:
    """The same with the place in `text` of each of its characters; None where each stands where it stood."""
    if all(len(FOLDING[ord(sign)]) == 1 for sign in set(text)):
        return fold(text), None
    pieces = [FOLDING[ord(sign)] for sign in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]
