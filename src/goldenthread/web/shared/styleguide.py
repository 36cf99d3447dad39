"""Every component in every state on one page, for designers and for the accessibility tests."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Full name", help_text="As it should stand on the certificate.")
    email = forms.EmailField(label="School e-mail address")
    started = forms.DateField(label="First day in your post")
    visit = forms.DateTimeField(label="When shall we call?", required=False)
    school = forms.ChoiceField(
        label="Phase of your school",
        choices=[("", "Choose"), ("p", "Primary"), ("s", "Secondary"), ("a", "All-through")],
    )
    model = forms.ChoiceField(
        label="How do you want to study?",
        widget=forms.RadioSelect,
        choices=[("blended", "Blended"), ("online", "Online only"), ("school", "Whole school")],
    )
    needs = forms.MultipleChoiceField(
        label="What would help you to take part?",
        help_text="Choose all that apply.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("large", "Large print"), ("breaks", "More breaks"), ("captions", "Captions")],
    )
    why = forms.CharField(
        label="What do you want to change in your school?", widget=forms.Textarea(attrs={"rows": 4})
    )
    script = forms.FileField(label="Your script", help_text="A Word document or PDF.", required=False)
    agree = forms.BooleanField(label="I have read how my data is used")


MODELS = {
    "blended": "Evenings online and two days together near you.",
    "online": "Evenings and self-paced work, from anywhere.",
}
JOURNEY = [
    {"label": "Application", "state": "done", "note": "Accepted 4 Jul 2025", "url": "#thread"},
    {"label": "Induction", "state": "done", "note": "29 Sep 2025"},
    {"label": "Development", "state": "now", "note": "41 h of 74 h", "url": "#thread"},
    {"label": "Case study", "state": "ahead", "note": "Opens 2 Mar 2027"},
    {"label": "Award", "state": "ahead"},
]
STAGES = [
    {"label": "Induction", "minutes": 180, "text": "Meet your group, set your goals.", "state": "done"},
    {
        "label": "Foundation",
        "minutes": 960,
        "text": "How pupils learn, how teachers develop.",
        "state": "done",
    },
    {"label": "Development", "minutes": 2700, "text": "Six courses, four events, coaching.", "state": "now"},
    {"label": "Case study preparation", "minutes": 510, "text": "Practice with feedback.", "state": "ahead"},
    {"label": "Case study", "minutes": 90, "text": "1,500 words within eight days.", "state": "ahead"},
]
PIPELINE = [
    ("Interested", 1240, "#pipeline"),
    ("Applied", 862, "#pipeline"),
    ("Offered", 540, "#pipeline"),
    ("Enrolled", 508, "#pipeline", "12 not moved for 14 days"),
    ("Case study", 96, "#pipeline"),
    ("Awarded", 0, "#pipeline"),
]
TASKS = [
    {"label": "Your details", "url": "#tasks", "state": "done"},
    {"label": "Your role and school", "url": "#tasks", "hint": "2 questions left", "state": "now"},
    {"label": "Why this programme", "url": "#tasks", "state": "todo"},
    {
        "label": "Head teacher's endorsement",
        "hint": "Asked on 6 Oct 2025",
        "state": "waiting",
        "state_label": "With your head",
    },
    {"label": "Declaration", "state": "blocked"},
    {"label": "Proof of employment", "url": "#tasks", "state": "problem", "state_label": "Not readable"},
]
PEOPLE = [
    {
        "name": "Amina Yusuf",
        "version": "NPQSL",
        "minutes": 3996,
        "share": Fraction(3996, 4440),
        "state": "done",
    },
    {
        "name": "Tomos Llŷr Wŷn",
        "version": "NPQH",
        "minutes": 2115,
        "share": Fraction(2115, 4440),
        "state": "now",
    },
    {
        "name": "Grace O'Sullivan",
        "version": "NPQEYL",
        "minutes": 365,
        "share": Fraction(365, 4440),
        "state": "problem",
    },
]
HISTORY = [
    {"when": "6 Oct 2025, 09:14", "what": "Offer accepted", "who": "Amina Yusuf", "url": "#timeline"},
    {"when": "2 Oct 2025, 16:40", "what": "Offer made for January 2026", "who": "Programme office"},
    {"when": "28 Sep 2025, 11:02", "what": "Endorsed by the head teacher", "who": "Helen Marsh"},
]
TEXT = """# Learning together

Teachers improve **with** their colleagues. See the [framework](https://example.org/framework).

- notice
- rehearse
- reflect

| Phase | Hours |
|---|---|
| Foundation | 16 |
| Development | 45 |
"""


@login_not_required
@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """The style guide, public: it holds nothing real."""
    empty = SampleForm(auto_id="empty_%s")
    broken = SampleForm({"name": "", "email": "amina@", "why": "More time."}, auto_id="broken_%s")
    broken.is_valid()
    broken.add_error(None, "The intake closed while you were writing. Choose another one.")
    context: dict[str, Any] = {
        "empty": empty,
        "broken": broken,
        "models": MODELS,
        "journey": JOURNEY,
        "stages": STAGES,
        "stages_total": sum(int(str(stage["minutes"])) for stage in STAGES),
        "pipeline": PIPELINE,
        "tasks": TASKS,
        "people": PEOPLE,
        "history": HISTORY,
        "text": TEXT,
        "page": Paginator(range(480), 25).page(7),
        "deadline": datetime(2032, 3, 9, 19, 59, tzinfo=UTC),
        "bars": [("Diagnosis", 86), ("Leading teaching", 61), ("Implementation", 34), ("Partnerships", 0)],
        "facts": [
            {"label": "Programme", "value": "NPQ for Senior Leadership"},
            {"label": "Group", "value": "Leeds 4", "url": "#summary", "action": "Change"},
            {"label": "Coach", "value": ""},
        ],
        "receipt": [
            ("Received", "9 Mar 2027, 18:32:07 (UK time)"),
            ("Words", "1,488 words"),
            ("Checksum", "sha256 2b1f0c7d9a44e0b39d6a57c2f5e1c8a0b7d3f96e41a2c85d70e9b3f6a1c4d8e2"),
        ],
        "keys": [
            ("j", "next script"),
            ("k", "script before"),
            ("1 to 9", "give a mark point"),
            ("s", "save"),
        ],
    }
    return render(request, "styleguide.html", context)
