"""The shape of what visitors send: bounded lengths, known choices. What is allowed is for the rules."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm

from goldenthread.catalogue.specification import Specification
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.widgets import ZoneField

ROLE_STATUS = {"in role": "I am in the role now", "aspiring": "I want to take on the role"}
OTHER_ROLE = "__other__"
NOT_LISTED = "not-listed"
DISCUSSED_WITH = [
    ("", "Nobody yet"),
    ("headteacher", "Headteacher"),
    ("CPD lead", "CPD lead"),
    ("senior leader", "Another senior leader"),
]


def text_field(
    label: str, limit: int, *, required: bool = True, hint: str = "", missing: str = ""
) -> forms.CharField:
    """A line of text with a limit and a message that says what to do."""
    errors = {
        "required": missing or f"Give {label.lower()}.",
        "max_length": f"Shorten this to {limit} characters.",
    }
    return forms.CharField(
        label=label, max_length=limit, required=required, help_text=hint, error_messages=errors
    )


def _choice(text: str) -> dict[str, str]:
    """The same words whether nothing is chosen or something that isn't there, which is not repeated."""
    return {"required": text, "invalid_choice": text, "invalid_list": text}


class YouForm(forms.Form):
    """Who applies."""

    name = text_field(
        "Your full name", 200, hint="As it should stand on your certificate.", missing="Give your name."
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="We write to this address with the decision, and you will sign in with it.",
        error_messages={
            "required": "Give an e-mail address.",
            "invalid": "Give an e-mail address like name@example.org.",
            "max_length": "Shorten this to 254 characters.",
        },
    )


class RoleForm(forms.Form):
    """What the version asks about the applicant's role; only the questions that it has.

    A question that some must answer and others may leave (`CONDITIONAL`) says in its hint who must, instead of
    being marked as optional.
    """

    CONDITIONAL = ("role_description", "schools")

    def __init__(self, *args: Any, specification: Specification, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        audience = specification.audience
        self.fields["role_status"] = forms.ChoiceField(
            label="Are you in the role, or do you want to be?",
            choices=[(status, ROLE_STATUS.get(status, status)) for status in audience.role_status],
            widget=forms.RadioSelect,
            error_messages=_choice("Say whether you are in the role or want to be."),
        )
        if len(audience.scopes) > 1:
            self.fields["scope"] = forms.MultipleChoiceField(
                label="What do you lead, or want to lead?",
                help_text="Choose all that apply.",
                choices=[(scope, scope.capitalize()) for scope in audience.scopes],
                widget=forms.CheckboxSelectMultiple,
                required=audience.scope_must_be_named,
                error_messages=_choice(
                    f"Choose what you lead or want to lead: {', '.join(audience.scopes)}."
                ),
            )
        if audience.roles:
            self._ask_role(audience.roles, audience.roles_to_describe)
        for point in audience.must_confirm:
            self.fields[self.confirm_name(point)] = forms.BooleanField(
                label=f"I have {point}", required=False
            )
        if audience.schools_in_role_at_least is not None:
            self.fields["schools"] = forms.IntegerField(
                label="For how many schools are you responsible?",
                help_text="Needed if you are in the role now. If you want to take it on, leave this empty.",
                min_value=0,
                max_value=10_000,
                required=False,
                error_messages={"invalid": "Give a whole number, such as 2."},
            )
        self.points = {self.confirm_name(point): point for point in audience.must_confirm}

    def _ask_role(self, roles: tuple[str, ...], to_describe: tuple[str, ...]) -> None:
        self.fields["role"] = forms.ChoiceField(
            label="What is your role?",
            choices=[*((role, role[0].upper() + role[1:]) for role in roles), (OTHER_ROLE, "Another role")],
            widget=forms.RadioSelect,
            error_messages=_choice("Say what your role is."),
        )
        needed = " or ".join(f"“{one}”" for one in ("another role", *to_describe))
        self.fields["role_description"] = text_field(
            "Describe your role", 500, required=False, hint=f"Needed for {needed}. Otherwise leave it empty."
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        described = data.get("role_description") or "role_description" in self.errors
        if data.get("role") == OTHER_ROLE and not described:
            self.add_error("role_description", "Write what your role is.")
        return data

    @staticmethod
    def confirm_name(point: str) -> str:
        return "confirm_" + "".join(c if c.isalnum() else "_" for c in point)[:40]

    def answers(self, specification: Specification) -> dict[str, Any]:
        """The cleaned answers under the names of an application; a version with one scope asks for none."""
        data = self.cleaned_data
        only = specification.audience.scopes if len(specification.audience.scopes) == 1 else ()
        role, description = data.get("role", ""), data.get("role_description", "")
        return {
            "role_status": data["role_status"],
            "scopes": list(data.get("scope", only)),
            "role": description[:100] if role == OTHER_ROLE else role,
            "role_description": description,
            "schools": data.get("schools"),
            "confirmed": [point for name, point in self.points.items() if data.get(name)],
        }


class SchoolForm(forms.Form):
    """Which school: one of those found, or one in the applicant's own words."""

    q = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)
    school = forms.CharField(max_length=20, required=False)
    school_text = text_field("Name and town of your school", 200, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        choice = data.get("school", "")
        if choice == NOT_LISTED or (not choice and data.get("school_text")):
            if not data.get("school_text"):
                self.add_error("school_text", "Write the name and town of your school.")
        elif number_of(choice) is None:
            self.add_error("school", "Choose your school, or write its name if it is not listed.")
        return data


class StudyForm(forms.Form):
    """How to study, in which zone, and with whom it was talked over."""

    delivery_model = forms.ChoiceField(
        label="How do you want to study?",
        widget=forms.RadioSelect,
        error_messages=_choice("Choose a way to study."),
    )
    zone = ZoneField(
        label="Your time zone",
        help_text="Times of events and deadlines are shown in it. In the list, type the first letters of your "
        "country. You can change it later.",
    )
    discussed_role = forms.ChoiceField(
        label="With whom in your school have you talked about this?",
        help_text="Not a condition, but it helps you to get the time that you need.",
        choices=DISCUSSED_WITH,
        required=False,
        error_messages=_choice("Choose one of the list."),
    )
    discussed_name = text_field("Their name", 200, required=False)
    discussed_email = forms.EmailField(
        label="Their e-mail address",
        required=False,
        max_length=254,
        help_text="We don't write to them. If they mark or moderate for us, they will never judge your work.",
        error_messages={"invalid": "Give an e-mail address like name@example.org, or leave it empty."},
    )
    discussed_on = forms.DateField(
        label="When",
        required=False,
        error_messages={"invalid": "Give the day as a date, such as 2025-06-03."},
    )

    def __init__(self, *args: Any, models: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delivery_model"].choices = models  # type: ignore[attr-defined]
        self.fields["zone"].suggest(self.initial.get("zone", ""))  # type: ignore[attr-defined]
        self.only_way = models[0][1] if len(models) == 1 else ""
        if self.only_way:
            self.fields["delivery_model"].widget = forms.HiddenInput()
            self.initial.setdefault("delivery_model", models[0][0])


class SendForm(forms.Form):
    """The last word before an application is sent."""

    conduct = forms.BooleanField(
        label="I will work to the professional conduct that the Teachers' Standards expect.",
        error_messages={"required": "Confirm the professional conduct to send your application."},
    )


class FirstPasswordForm(SetPasswordForm):
    """The first password, twice; Django's validators say what is too weak."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in {"new_password1": "New password", "new_password2": "The same again"}.items():
            field = self.fields[name]
            field.label, field.help_text = label, ""
            field.max_length = 200  # type: ignore[attr-defined]
            field.widget.attrs["autocomplete"] = "new-password"
        self.fields[
            "new_password1"
        ].help_text = "At least 12 characters. A few words that you remember are best."

    def clean_new_password1(self) -> str:
        """Refuse what is too long to be typed, before it is hashed."""
        password: str = self.cleaned_data.get("new_password1") or ""
        if len(password) > 200:
            raise forms.ValidationError("Shorten the password to 200 characters.")
        return password
