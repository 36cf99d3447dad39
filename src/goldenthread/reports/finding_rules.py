"""What the nightly comparison finds, in words: which kind of row differs from the audit trail, and what to do next."""

from dataclasses import dataclass

from goldenthread.common.refused import Refused

LONGEST_REASON = 1000
LEAST_REASON = 10  # characters: "ok" says nothing to whoever reads it later


@dataclass(frozen=True)
class Kind:
    """A kind of row: how one of it is called and several, and what to do where one isn't what the trail says."""

    one: str
    many: str
    then: str


_MARKS = (
    "Compare what the trail says with what stands there now. Have the marks put back from the trail or a backup, or "
    "set them aside on the window's page of marking, so that the script is marked anew."
)
_RESULT = (
    "Don't tell the participant anything yet. Compare with what was released to them; if the row is wrong, have it put "
    "back, or correct the result on their page, where a second person decides."
)
KINDS = {
    "marks": Kind("submitted marking", "submitted markings", _MARKS),
    "revised": Kind("marking after a discussion", "markings after a discussion", _MARKS),
    "agreement": Kind("agreed mark", "agreed marks", _MARKS),
    "decision": Kind(
        "moderator's decision",
        "moderators' decisions",
        "Ask the moderator what they decided. Have the row put back, or the script moderated again before the results "
        "are released.",
    ),
    "shift": Kind(
        "mark that a shift moved",
        "marks that shifts moved",
        "Release nothing of this window. Compare with the page of the shift, and have the row put back: final marks "
        "go by it.",
    ),
    "sign_off": Kind(
        "sign-off of a moderation",
        "sign-offs of moderations",
        "Release nothing of this window. Ask the moderator whether they signed it off, and have the row put back.",
    ),
    "national": Kind(
        "national moderator's mark",
        "national moderators' marks",
        "Compare with the answer that the national moderator sent, and have the mark put back.",
    ),
    "outcome": Kind("result", "results", _RESULT),
    "award": Kind(
        "award",
        "awards",
        "Whoever verifies the award reads what stands there now. Have the row put back; if the award is wrong, revoke "
        "it or issue it anew on the participant's page, where a second person decides.",
    ),
    "appeal": Kind(
        "decided appeal",
        "decided appeals",
        "Compare with what the participant was told, and have the decision put back.",
    ),
}
_OTHER = Kind("row", "rows", "Compare the row with what the trail says, and have it put back.")


def kind_of(key: str) -> Kind:
    """A kind by its key; of one that isn't known any more something that fits every row."""
    return KINDS.get(key, _OTHER)


def about(subject: str) -> tuple[str, int]:
    """What a chain of the trail tells of: "script:12" of a script, and its number; 0 where it has none."""
    kind, _, number = subject.partition(":")
    return kind, int(number) if number.isdecimal() else 0


def count_text(key: str, count: int) -> str:
    """So many of a kind: "1 result", "3 submitted markings"."""
    kind = kind_of(key)
    return f"{count:,} {kind.one if count == 1 else kind.many}"


def check_reason(reason: str) -> None:
    """What somebody found out stays for whoever asks later: refuses what says nothing, and what is too long."""
    said = reason.strip()
    if len(said) < LEAST_REASON:
        raise Refused(
            "Say what you looked at, what you found and what was done: it is kept with your name.",
            code="finding.reason",
            field="reason",
        )
    if len(said) > LONGEST_REASON:
        raise Refused(
            f"Shorten this to {LONGEST_REASON:,} characters.", code="finding.too_long", field="reason"
        )


def check_not_about(own: bool) -> None:
    """Nobody looks into a difference about their own script or result."""
    if own:
        raise Refused(
            "This is about yourself. A colleague has to look into it.", code="finding.own", field="reason"
        )
