"""Instructions of Word's fields without the names, places and addresses that stand in them."""

import re

NOWHERE = "about:blank"
# Commands whose arguments are a person, a file on somebody's disk, or what another program keeps for itself. What the
# field shows stands beside it in the text and stays.
_COMMAND_ALONE = re.compile(
    r"(?i)(\s*(?:AUTHOR|LASTSAVEDBY|USERNAME|USERINITIALS|USERADDRESS|DATABASE|ADDIN|LINK|DDE|DDEAUTO|DOCVARIABLE|"
    r"INCLUDETEXT|INCLUDE|IMPORT|RD)\b).*",
    re.DOTALL,
)
_TELLING = r"file:|mailto:|[a-z]:[\\/]|\\\\|//[^/]|~|/(?:home|users)/|https?://[^/\s\"]*/personal/|\.\.[\\/]"
_QUOTED = re.compile(rf"(?i)\"(?:{_TELLING})[^\"]*(\"|$)")
_BARE = re.compile(r"(?i)(?<=\s)(?:file:|mailto:|[a-z]:\\|\\{2,4}[^\\\s]{2,}\\|/(?:home|users)/)\S*")


def without_names(instruction: str) -> str:
    """The whole instruction of one field, without what tells of a person: INCLUDEPICTURE "about:blank" \\d."""
    alone = _COMMAND_ALONE.fullmatch(instruction)
    if alone:
        return f"{alone[1]} "
    return _BARE.sub(NOWHERE, _QUOTED.sub(rf'"{NOWHERE}\1', instruction))
