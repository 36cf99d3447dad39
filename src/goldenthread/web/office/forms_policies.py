"""The guided form of a version's words and declarations; what it may say, the reader of the whole file checks."""

from datetime import date
from typing import Any

from django import forms

from goldenthread.assessment.rules.policy_decisions import LONGEST_REASON, check_from
from goldenthread.catalogue.deciding import OFFICE
from goldenthread.catalogue.guided import counting_into
from goldenthread.catalogue.policies import (
    AI_TEXTS,
    ALWAYS_APART,
    LONGEST_STATEMENT,
    MOST_ATTEMPTS,
    MOST_MONTHS,
    PARTS,
    RULES,
    STEPS,
)
from goldenthread.catalogue.terms import Assessment
from goldenthread.common.refused import why_not
from goldenthread.web.office.fields import reason_field
from goldenthread.web.office.forms_catalogue import Lines, Revised, Sources

OVER = [
    ("refuse", "It isn't taken: the writer cuts it and hands in again"),
    ("warn", "It is taken, and receipt, markers and office are told"),
    ("cut", "It is taken, and only the words up to there are marked"),
    ("penalty", "It is taken, and marks are taken off, or what is named below follows"),
]
NEW_WORDS = "Changed words are a new version, such as own-work-2: what was agreed to is on record under it."


class PoliciesForm(Revised):
    """Which words count, what follows of too many, and what is declared with every script."""

    not_counted = forms.MultipleChoiceField(
        label="Parts of a text that don't count",
        required=False,
        choices=[(key, name[0].upper() + name[1:]) for key, name in PARTS.items() if key not in ALWAYS_APART],
        widget=forms.CheckboxSelectMultiple,
        help_text="Page headers and footers, comments and deleted text never count: nobody reads them.",
    )
    tolerance_percent = forms.IntegerField(
        label="Per cent over the limit that are taken",
        required=False,
        min_value=0,
        max_value=100,
        help_text="Empty where no source gives a figure: then nothing over the limit is taken.",
    )
    tolerance_source = Sources(
        label="Source of it", help_text="A document and a place in it, such as 000:68."
    )
    over = forms.ChoiceField(
        label="What follows when a text is longer", choices=OVER, widget=forms.RadioSelect
    )
    penalty = forms.CharField(
        label="The penalty by name",
        required=False,
        max_length=200,
        help_text="For what people apply. Leave it empty where marks are taken off by the rule below.",
    )
    off_amount = forms.IntegerField(
        label="Taken off for too many words",
        required=False,
        min_value=1,
        max_value=100,
        help_text="Once, from the marks that were agreed, never below nothing. Markers don't see it.",
    )
    off_unit = forms.ChoiceField(
        label="That is", required=False, choices=[("marks", "marks"), ("percent", "per cent of the marks")]
    )
    off_each = forms.IntegerField(
        label="For each, begun ones too", required=False, min_value=1, max_value=STEPS["words"]
    )
    off_of = forms.ChoiceField(
        label="Of",
        required=False,
        choices=[("words", "words too many"), ("percent", "per cent of the limit too many")],
    )
    own_work_version = forms.CharField(
        label="Own work: version of the words", max_length=40, help_text=NEW_WORDS
    )
    own_work = forms.CharField(
        label="Own work: the words that are agreed to",
        max_length=LONGEST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ai_use = forms.ChoiceField(
        label="Use of AI",
        required=False,
        choices=[("", "Nothing is said of it, and nothing is asked"), *AI_TEXTS.items()],
        widget=forms.RadioSelect,
    )
    ai_version = forms.CharField(label="AI: version of the words", required=False, max_length=40)
    ai_statement = forms.CharField(
        label="AI: the words that are agreed to",
        required=False,
        max_length=LONGEST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ai_describe = Lines(label="What somebody says who used AI", help_text="One a line.")
    shown_to_markers = forms.BooleanField(label="Markers read what is said about AI", required=False)


class AttemptsFields(forms.Form):
    """How often the case study may be sat, and within how many months."""

    most = forms.IntegerField(
        label="Attempts at most, the first one included",
        required=False,
        min_value=1,
        max_value=MOST_ATTEMPTS,
        help_text="Empty: no limit. A window that was deferred or cancelled, or not released to somebody, is none.",
    )
    within_months = forms.IntegerField(
        label="Months after the first attempt within which a further window ends",
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
        help_text="From the last day of the window of the first attempt. Empty: no limit.",
    )
    unlimited = forms.BooleanField(label="No limit: staff decide each case, with a reason", required=False)

    def clean(self) -> dict[str, Any]:
        """A limit and none can't hold together."""
        values = super().clean() or self.cleaned_data
        figures = [values[name] for name in ("most", "within_months") if values.get(name) is not None]
        if values.get("unlimited") and figures:
            self.add_error(
                "unlimited", "Leave both figures empty, or untick this: a limit and none can't hold together."
            )
        return values


class AttemptsForm(AttemptsFields, Revised):
    """The same in a version's own document. Everything empty: nothing is said of it."""


class DecisionForm(PoliciesForm):
    """One policy that the office decides beside a version's document: what it says, from which day on, and why."""

    kind = ""
    shown: tuple[str, ...] = ()
    from_day = forms.DateField(
        label="For windows that open from",
        help_text="A day to come. Windows that open before it, and those that have opened, keep what they have.",
    )
    reason = reason_field(
        "Why, and who decided?",
        longest=LONGEST_REASON,
        help_text="Kept with your name; participants read both.",
    )

    def __init__(self, data: Any, now: Assessment, *, today: date, **given: Any) -> None:
        super().__init__(data, initial=self.said_by(now), prefix=self.kind, **given)
        self._today = today
        for name in [one for one in self.fields if one not in (*self.shown, "from_day", "reason")]:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """What belongs together, by the names of the fields: a penalty is said once, as words or as marks."""
        values = super().clean() or self.cleaned_data
        named, off = values.get("penalty"), values.get("off_amount") is not None
        each = values.get("off_each") is not None
        if values.get("over") == "penalty" and "penalty" in values:
            if not named and not off:
                self.add_error("penalty", "Name the penalty, or say below how many marks are taken off.")
            elif named and off:
                self.add_error("penalty", "Leave the name empty where marks are taken off by the rule below.")
        if off and not each and "off_each" in values:
            self.add_error(
                "off_each", "Say for how many words or per cent too many the marks are taken off each time."
            )
        if each and not off and "off_amount" in values:
            self.add_error("off_amount", "Say how many marks are taken off.")
        return values

    def clean_from_day(self) -> date:
        """Refuses a day that isn't to come, together with whatever else is wrong."""
        found: date = self.cleaned_data["from_day"]
        if no := why_not(check_from, found, today=self._today, opened=None):
            raise forms.ValidationError(no)
        return found

    def said_by(self, now: Assessment) -> dict[str, Any]:
        """What counts now, as the form shows it first."""
        raise NotImplementedError

    def table(self) -> dict[str, Any]:
        """What was entered, as a version's file would say it."""
        raise NotImplementedError


class CountingDecisionForm(DecisionForm):
    """How words are counted, and what follows of too many."""

    kind = "counting"
    shown = (
        "not_counted", "tolerance_percent", "over", "penalty", "off_amount", "off_unit", "off_each", "off_of",
    )  # fmt: skip

    def said_by(self, now: Assessment) -> dict[str, Any]:
        found = now.counting
        off = found.marks_off
        taken = (
            {"off_amount": off.amount, "off_unit": off.unit, "off_each": off.each, "off_of": off.of}
            if off
            else {"penalty": found.penalty}
        )
        return {
            "not_counted": [part for part in found.not_counted if part not in ALWAYS_APART],
            "tolerance_percent": found.tolerance_percent.value,
            "over": found.over,
            **taken,
        }

    def table(self) -> dict[str, Any]:
        values = self.cleaned_data
        table: dict[str, Any] = {"rule": RULES[-1]}
        counting_into(table, values)
        percent = values["tolerance_percent"]
        if percent is not None:
            source = f"{OFFICE}:{values['from_day'].isoformat()}"
            table["tolerance_percent"] = {"value": percent, "source": source}
        return table


class AiDecisionForm(DecisionForm):
    """What holds of AI, and what is declared about it."""

    kind = "ai"
    shown = ("ai_use", "ai_version", "ai_statement", "ai_describe", "shown_to_markers")

    def __init__(self, data: Any, now: Assessment, **given: Any) -> None:
        super().__init__(data, now, **given)
        self.fields["ai_use"].required = True
        self.fields["ai_use"].choices = list(AI_TEXTS.items())  # type: ignore[attr-defined]

    def said_by(self, now: Assessment) -> dict[str, Any]:
        if now.ai is None:
            return {}
        found = now.ai
        return {
            "ai_use": found.use,
            "ai_version": found.version,
            "ai_statement": found.statement,
            "ai_describe": "\n".join(found.describe),
            "shown_to_markers": found.shown_to_markers,
        }

    def table(self) -> dict[str, Any]:
        values = self.cleaned_data
        table: dict[str, Any] = {"use": values["ai_use"], "version": values["ai_version"]}
        said = {"statement": values["ai_statement"], "describe": values["ai_describe"]}
        table |= {key: value for key, value in said.items() if value}
        return table | ({"shown_to_markers": True} if values["shown_to_markers"] else {})


class AttemptsDecisionForm(AttemptsFields, DecisionForm):
    """How often the case study may be sat, and within how many months."""

    kind = "attempts"
    shown = ("most", "within_months", "unlimited")
    field_order = (*shown, "from_day", "reason")

    def said_by(self, now: Assessment) -> dict[str, Any]:
        found = now.attempts
        if found is None:
            return {}
        unlimited = found.most is None and found.within_months is None
        return {"most": found.most, "within_months": found.within_months, "unlimited": unlimited}

    def clean(self) -> dict[str, Any]:
        """A decision says a limit, or that there is none."""
        values = super().clean()
        said = (values.get(name) for name in self.shown)
        if not set(self.shown) & set(self.errors) and all(one in (None, False) for one in said):
            self.add_error(
                "most", "Say how often, or within how many months, or tick that there is no limit."
            )
        return values

    def table(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {name: values[name] for name in self.shown if values[name] not in (None, False)}
