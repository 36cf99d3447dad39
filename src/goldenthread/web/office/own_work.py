"""What the office's pages call scripts about which there is a question, and whose writing is looked at."""

from dataclasses import dataclass

from django.db.models import Count, Q

from goldenthread.assessment.models import Script, Sitting, Window, WindowState
from goldenthread.assessment.rules.policies import ai_text, declarations_in
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.marking.identity import identity_beside, with_identity
from goldenthread.marking.rules import Way, covered, office_label
from goldenthread.people.models import User

LETTERS = ("A", "B")
MOST_NOTES = 50  # about AI, on a page


def shown_code(sitting: Sitting, way: Way) -> str:
    """The code of a sitting where a page that is reached this way may show it, else nothing; its window is loaded."""
    return sitting.code if office_label(way, released=_released(sitting)).code else ""


def shown_name(case: MisconductCase, viewer: User) -> str:
    """Whom a case is about, where somebody may read it, else nothing: who asked by the script's code may not yet."""
    by_code = case.flag is not None and case.flag.kind == "concern" and case.flag.raised_by_id == viewer.pk
    label = office_label(Way.NAME, released=_released(case.sitting), knows_code=by_code)
    return case.sitting.enrolment.user.name if label.name else ""


def _released(sitting: Sitting) -> bool:
    return sitting.window.state == WindowState.RELEASED


@dataclass(frozen=True)
class AiOf:
    """What a window's scripts that count say about AI: how many used it or didn't, and in what words, without names.

    `notes` are (code where it may be shown, text), the first `MOST_NOTES`; `more` is how many others there are.
    """

    policy: str
    used: int
    none: int
    notes: list[tuple[str, str]]

    @property
    def more(self) -> int:
        return max(self.used - len(self.notes), 0)


def ai_of(window: Window) -> AiOf | None:
    """What was said about AI in a window; None where it asks nothing. Two queries."""
    asked = declarations_in(window.policies).ai
    if not asked.declared:
        return None
    scripts = Script.objects.filter(sitting__window=window, current=True)
    sums = scripts.aggregate(
        used=Count("pk", filter=Q(declared__ai_use="used")),
        none=Count("pk", filter=Q(declared__ai_use="none")),
    )
    saying = with_identity(scripts.filter(declared__ai_use="used").select_related("sitting__window"))
    first = list(saying.defer("text", "parts", "sitting__draft").order_by("sitting__code")[:MOST_NOTES])
    notes = [
        (
            shown_code(one.sitting, Way.TEXT),
            covered(one.declared.get("ai_note", ""), identity_beside(one))[0],
        )
        for one in first
    ]
    return AiOf(ai_text(asked), sums["used"], sums["none"], notes)


def scripts_of(flag: Flag) -> list[tuple[Script, str]]:
    """The scripts of a question with what its pages call them: by code once it may be shown, else by a letter."""
    both = [one for one in (flag.script, flag.other) if one]
    letters = LETTERS if len(both) > 1 else ("",)
    return [
        (one, shown_code(one.sitting, Way.TEXT) or f"Script {letter}".strip())
        for one, letter in zip(both, letters, strict=True)
    ]


def called_in(scripts: list[Script]) -> dict[int, str]:
    """What the page of a group calls each of its scripts: by code once it may be shown, else by a number."""
    return {
        one.pk: shown_code(one.sitting, Way.TEXT) or f"Script {number}"
        for number, one in enumerate(scripts, start=1)
    }


def called(flag: Flag) -> str:
    """The scripts of a question in one line, where their codes may be shown; else nothing."""
    codes = [shown_code(one.sitting, Way.TEXT) for one in (flag.script, flag.other) if one]
    return (
        " and ".join(code or "a script of a window that is not released" for code in codes)
        if any(codes)
        else ""
    )
