"""Whether two names mean one school, where a school isn't in the register (S3-26)."""

from goldenthread.people.rules import search_form

_SAME = {"saint": "st", "and": "", "the": ""}
_LAST = ("school", "academy", "college")  # words that people leave out at the end


def same_school(one: str, other: str) -> bool:
    """Whether two names mean one school, as people write them; no name means none.

    Case, accents, apostrophes, punctuation and spaces count for nothing, nor do "the" and "and"; "Saint" is "St", and
    a last word "School", "Academy" or "College" may be missing in one of the two: "st marys primary" is
    "St Mary's Primary School". "Hill School" and "Hill Academy" are two.
    """
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    return "".join(first) == "".join(second) or _shorter(first, second) or _shorter(second, first)


def _shorter(short: list[str], long: list[str]) -> bool:
    return len(long) > 1 and long[-1] in _LAST and "".join(short) == "".join(long[:-1])


def _words(name: str) -> list[str]:
    words = search_form(name.replace("ʼ", "'").replace("ʻ", "'")).split()
    return [found for word in words if (found := _SAME.get(word, word))]
