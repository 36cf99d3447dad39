"""Style sheets, as they stand in attributes and elements of a drawing, without the pictures that are written in."""

import re

_STRING = r""""(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)"""
_ADDRESS = re.compile(rf"(?is)\burl\(\s*({_STRING}|[^)]*)\s*(?:\)|$)")
_QUOTED = re.compile(rf"(?s){_STRING}")
_ESCAPE = re.compile(r"(?s)\\(?:([0-9a-fA-F]{1,6})\s?|(\n)|(.))")
_BLANK = re.compile(r"[\x00-\x20]")
NOTHING = "none"


def without_pictures(style: str, *, sheet: bool = False) -> str:
    """A style whose addresses that are data, not places, read `none`: they hold pictures, which say whose they are.

    With `sheet`, for what is all style and no other text, strings that are data are emptied too, since some rules take
    an address without saying that it is one. What hides such an address behind escapes is left out as a whole.
    """
    if "\\" not in style and (":" not in style or not _is_data_in(style)):
        return style
    kept = _ADDRESS.sub(lambda found: NOTHING if _is_data(found[1]) else found[0], style)
    if sheet:
        kept = _QUOTED.sub(lambda found: '""' if _is_data(found[0]) else found[0], kept)
    if "\\" in kept and (sheet or "(" in kept) and _is_data_in(_unescaped(kept)):
        return "" if sheet else NOTHING
    return kept


def _is_data(address: str) -> bool:
    return _BLANK.sub("", address.strip("\"' \t\r\n")).casefold().startswith("data:")


def _is_data_in(text: str) -> bool:
    return "data:" in _BLANK.sub("", text).casefold()


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        if found[1]:
            number = int(found[1], 16)
            return chr(number) if 0 < number < 0x110000 else ""
        return found[3] or ""

    return _ESCAPE.sub(letter, text)
