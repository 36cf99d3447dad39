"""Whole numbers as browsers send them: hostile until read here."""

DIGITS = 18  # a database takes as many, and no more


def number_of(text: object, *, digits: int = DIGITS) -> int | None:
    """The whole number that a field or an address holds, from 0 on; None for everything else, such as "²", "-1", "" or
    one with more digits.
    """
    said = str(text)
    return int(said) if said.isascii() and said.isdigit() and len(said) <= digits else None
