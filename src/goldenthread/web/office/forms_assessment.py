"""The shapes of what the office and the authors of case studies fill in; the rules are in `assessment`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from goldenthread.assessment.citing import Stray
from goldenthread.assessment.limit_queries import WordLimit
from goldenthread.assessment.models import CaseStudy, MarkPoint, Window
from goldenthread.assessment.queries import WindowTerms
from goldenthread.assessment.rules import LONGEST_LEVELS, Part
from goldenthread.assessment.rules.parts import WHOLE
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.catalogue.models import ProgrammeVersion, Statement
from goldenthread.common.days import day_text
from goldenthread.groups.models import Group
from goldenthread.intakes.models import Intake
from goldenthread.web.office.fields import reason_field
from goldenthread.web.shared.versions import name_of
from goldenthread.web.shared.widgets import ZoneField

MOST_POINTS = 60
BLANK_POINTS = 4
KIND_NAMES = {"learn_that": "learn that", "learn_how_to": "learn how to"}


# --- windows -----------------------------------------------------------------------------------------
class IntakeForm(forms.Form):
    """For which intake a window is to be set."""

    intake = forms.TypedChoiceField(coerce=int, empty_value=None)

    def __init__(self, data: Any, intakes: Iterable[Intake]) -> None:
        super().__init__(data)
        choices = [(one.pk, f"{name_of(one.version)}: {one.name}") for one in intakes]
        self.fields["intake"].choices = [("", "Choose an intake"), *choices]  # type: ignore[attr-defined]


class WordLimitForm(forms.Form):
    """One of the values that the sources give, and why."""

    word_limit = forms.TypedChoiceField(
        label="How many words may a response have?", coerce=int, widget=forms.RadioSelect
    )
    reason = reason_field(
        "Why this one?",
        longest=2000,
        rows=3,
        help_text="Kept with your name; participants see who chose, and why.",
    )

    def __init__(self, data: Any, limit: WordLimit) -> None:
        super().__init__(data)
        self.fields["word_limit"].choices = [(c.value, f"{c.value or 0:,} words") for c in limit.choices]  # type: ignore[attr-defined]
        self.hints = {
            c.value: f"{', '.join(c.source)}{': ' + c.note if c.note else ''}" for c in limit.choices
        }


class ApartForm(forms.Form):
    """Whether an intake's people sit one case study or different ones, and why."""

    apart = forms.ChoiceField(
        label="Who sits the same case study?",
        choices=[
            ("together", "Everybody of the intake"),
            ("zone", "Everybody of one time zone"),
            ("group", "Everybody of one group"),
        ],
        widget=forms.RadioSelect,
    )
    reason = reason_field("Why?", longest=2000, help_text="Kept with your name.")


class WindowForm(forms.Form):
    """When a window opens, in whose time, and with which case study."""

    for_whom = forms.ChoiceField(label="Who sits it?", required=False)
    opens_on = forms.DateField(label="First day")
    zone_rule = forms.ChoiceField(
        label="Whose calendar days count?",
        choices=[
            ("window", "One time zone for everybody"),
            ("participant", "Each participant's own time zone"),
        ],
        initial="window",
        widget=forms.RadioSelect,
    )
    zone = ZoneField(label="Time zone")
    case_study = forms.TypedChoiceField(
        label="Case study",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Published ones of this version. You can also choose it later, before the window opens.",
    )

    reason = reason_field("Why is it used again?", required=False)
    seen_before = False  # whether the reason is asked for

    def __init__(
        self,
        data: Any,
        *,
        intake: Intake,
        terms: WindowTerms,
        cases: Iterable[CaseStudy],
        parts: tuple[Sequence[str], Sequence[Group]] = ((), ()),
    ) -> None:
        super().__init__(data, initial={"zone": intake.zone, "opens_on": terms.earliest})
        zones, self.groups = parts[0], {str(one.pk): one for one in parts[1]}
        self.fields["for_whom"].choices = [  # type: ignore[attr-defined]
            ("", "Everybody of the intake who is not booked yet"),
            ("Time zone", [(f"zone {one}", f"Those who live by {one}") for one in zones]),
            ("Group", [(f"group {number}", f"Group {one.name}") for number, one in self.groups.items()]),
        ]
        self.fields["zone"].suggest(intake.zone)  # type: ignore[attr-defined]
        self.fields["case_study"].choices = _case_choices(cases)  # type: ignore[attr-defined]

    def part(self) -> dict[str, Any]:
        """For which part of the intake the window is, as `schedule_window` takes it."""
        kind, _, which = str(self.cleaned_data.get("for_whom", "")).partition(" ")
        return {
            "for_zone": which if kind == "zone" else "",
            "for_group": self.groups.get(which) if kind == "group" else None,
        }


class AssignForm(forms.Form):
    """The case study of a window."""

    case_study = forms.TypedChoiceField(label="Case study", coerce=int)
    reason = reason_field("Why is it used again?", required=False)

    def __init__(self, data: Any, cases: Iterable[CaseStudy], current: int | None = None) -> None:
        super().__init__(data, initial={"case_study": current})
        self.fields["case_study"].choices = _case_choices(cases)  # type: ignore[attr-defined]


class AgainForm(forms.Form):
    """For which window somebody is entered once more, and why."""

    window_id = forms.TypedChoiceField(label="Window", coerce=int)
    reason = reason_field("Why, and who decided?")

    def __init__(self, data: Any, windows: Iterable[Window]) -> None:
        super().__init__(data)
        self.windows = {one.pk: one for one in windows}
        choices = [
            (one.pk, f"{one.intake.name}: from {day_text(one.opens_on)}{', ' + one.part if one.part else ''}")
            for one in self.windows.values()
        ]
        self.fields["window_id"].choices = [("", "Choose a window"), *choices]  # type: ignore[attr-defined]

    def window(self) -> Window:
        return self.windows[self.cleaned_data["window_id"]]


class LateEntryForm(AgainForm):
    """For which window beyond the months somebody should be entered, and why: another person decides."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, windows: Iterable[Window], *, form_key: str) -> None:
        super().__init__(data, windows)
        self.fields["reason"].label = "Why is an exception needed?"
        self.initial["form_key"] = form_key


class NextForm(forms.Form):
    """What comes next for somebody, where it is no further window."""

    text = reason_field(
        "What comes next instead?",
        help_text="For example: joins the January intake; takes a break until June and calls us; stops here. Kept in "
        "the history with your name; nobody gets a mail.",
    )


class ReasonForm(forms.Form):
    """A reason that is kept, and told to those it concerns."""

    reason = reason_field("Reason")


class WithdrawForm(forms.Form):
    """Why a case study is used no more."""

    reason = reason_field(
        "Why is it withdrawn?",
        longest=500,
        help_text="Kept in the trail with your name. Say nothing of the case.",
    )


class LooksFilter(forms.Form):
    """Which showings of case studies are listed."""

    case = forms.IntegerField(
        label="Case study",
        required=False,
        min_value=1,
        max_value=2_000_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    when = forms.ChoiceField(
        label="When",
        required=False,
        choices=[("", "Before and after the release"), ("before", "Only before the release")],
    )

    def chosen(self) -> dict[str, Any]:
        """What narrows the list, as `access_log.looks_for` takes it; what is damaged narrows nothing."""
        self.is_valid()
        data = self.cleaned_data
        return {"case": data.get("case"), "before": data.get("when") == "before"}

    @property
    def narrows(self) -> bool:
        return any(self.chosen().values())


def _case_choices(cases: Iterable[CaseStudy]) -> list[tuple[Any, str]]:
    return [("", "Not chosen yet"), *((case.pk, _case_name(case)) for case in cases)]


def _case_name(case: CaseStudy) -> str:
    """What the office chooses by: nothing of the case itself."""
    readers = getattr(case, "readers", 0)
    written = f"{case.name}, by {case.author.name}"
    return f"{written} (seen by {readers})" if readers else written


# --- case studies --------------------------------------------------------------------------------------
class CaseStudyForm(forms.Form):
    """The text of a case study. Markdown, without pictures."""

    title = forms.CharField(
        label="Title", max_length=200, help_text="For authors alone: everybody else sees the number."
    )
    body = forms.CharField(
        label="The case",
        max_length=100_000,
        help_text="Markdown: # for a heading, - for a list, | for a table.",
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    question = forms.CharField(
        label="What is asked", max_length=10_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    revision = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput
    )


class NewCaseStudyForm(CaseStudyForm):
    """The text, and the programme version that it is for."""

    revision = None  # type: ignore[assignment]
    version = forms.TypedChoiceField(label="Programme version", coerce=int)
    form_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    field_order = ("version", "title", "body", "question")

    def __init__(self, data: Any, versions: Iterable[ProgrammeVersion], **options: Any) -> None:
        super().__init__(data, **options)
        choices = [(one.pk, name_of(one)) for one in versions]
        self.fields["version"].choices = [("", "Choose a version"), *choices]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """Which text and which mark scheme an author has looked at."""

    revision = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)
    scheme_revision = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)


class PracticeForm(forms.Form):
    """When a published case study is offered for practice."""

    after_months = forms.IntegerField(
        label="Months after a participant’s start",
        help_text="Practice comes regularly: one scenario every three months is a good measure.",
        min_value=0,
        max_value=60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": "Say after how many months it is offered."},
    )


class PointForm(forms.Form):
    """A row of a mark scheme; a row without a statement and a text is no row."""

    advice = ""  # what is wrong with the statement that is saved, and what to do: the page sets it
    statement = forms.TypedChoiceField(label="Statement", coerce=int, empty_value=None, required=False)
    text = forms.CharField(label="What earns the marks", max_length=400, required=False)
    maximum = forms.IntegerField(label="Marks", min_value=1, max_value=100, required=False)
    part = forms.ChoiceField(
        label="Part of the response",
        required=False,
        error_messages={"invalid_choice": "Choose a part of this response, or the whole of it."},
    )
    levels = forms.CharField(
        label="One level in each line",
        max_length=LONGEST_LEVELS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where the whole response is judged by level, such as “0-2 Emerging: names the problem”. Each mark "
        "from 0 on belongs to one level.",
    )

    def __init__(
        self, *args: Any, choices: Sequence[Any], framework: str, parts: Sequence[Part] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if parts:
            named = [(part.key, f"{part.number} {part.title}") for part in parts]
            self.fields["part"].choices = [("", WHOLE), *named]  # type: ignore[attr-defined]
        else:
            del self.fields["part"]
        self.fields["statement"].choices = choices  # type: ignore[attr-defined]
        self.fields["statement"].error_messages["invalid_choice"] = (
            f"This statement isn’t one of {framework}, to which this case study belongs: choose one from the list."
            if framework
            else "This case study has no framework to cite yet: ask the programme office to take in its text."
        )

    @property
    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("statement", "text", "maximum", "levels"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if any(data.get(name) for name in ("statement", "text", "maximum", "levels")):
            for name, label in (
                ("statement", "a statement"),
                ("text", "what earns the marks"),
                ("maximum", "the marks"),
            ):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, f"Give {label}, or empty the whole row.")
        return data


class SchemeForm(forms.Form):
    """What holds for the mark scheme as a whole."""

    total = forms.IntegerField(
        label="Total as printed",
        min_value=1,
        max_value=6000,
        help_text="Copy it from the mark scheme, don't add up.",
    )
    total_learn_that = forms.IntegerField(
        label="Learn that as printed",
        min_value=1,
        max_value=6000,
        required=False,
        help_text="Where the mark scheme states it.",
    )
    total_learn_how_to = forms.IntegerField(
        label="Learn how to as printed",
        min_value=1,
        max_value=6000,
        required=False,
        help_text="Where the mark scheme states it.",
    )
    pass_mark = forms.IntegerField(label="Pass mark", min_value=1, max_value=6000)
    tolerance = forms.IntegerField(
        label="Tolerance",
        min_value=0,
        max_value=6000,
        help_text="Marks by which two markers may differ and still agree.",
    )
    revision = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput
    )

    def figures(self) -> dict[str, Any]:
        """What was entered, as the action takes it."""
        said = self.cleaned_data
        printed = Printed(said["total"], said["total_learn_that"], said["total_learn_how_to"])
        return {**{name: said[name] for name in ("pass_mark", "tolerance", "revision")}, "printed": printed}


PointSet = forms.formset_factory(PointForm, extra=0, max_num=MOST_POINTS, absolute_max=MOST_POINTS)


def statement_choices(groups: Sequence[tuple[str, list[Statement]]]) -> list[Any]:
    """Options by content area: "Learn that 4: Pupils differ…"."""
    choices: list[Any] = [("", "Choose a statement")]
    for area, statements in groups:
        choices.append((area, [(one.pk, _statement(one)) for one in statements]))
    return choices


def _statement(one: Statement) -> str:
    text = one.text if len(one.text) <= 100 else one.text[:99].rstrip() + "…"
    return f"{KIND_NAMES[one.kind].capitalize()} {one.number}: {text}"


def point_rows(
    points: Iterable[MarkPoint], strays: Mapping[int, Stray], *, more: int = BLANK_POINTS
) -> list[dict[str, Any]]:
    """What the rows of a scheme begin with, and some blank ones.

    A row that cites what it may not begins with the statement in force that has the same words, if there is one.
    """
    rows = []
    for p in points:
        stray = strays.get(p.statement_id or 0)
        rows.append({
            "statement": stray.heir.pk if stray and stray.heir else p.statement_id,
            "was": p.statement_id,
            "text": p.text,
            "maximum": p.maximum,
            "levels": p.opened_levels,
            "part": p.part,
        })  # fmt: skip
    return (rows + [{} for _ in range(more)])[:MOST_POINTS]
