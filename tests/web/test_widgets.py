"""Selects are written quickly, and are what Django writes; addresses of static files are worked out once."""

from typing import Any

import pytest
from django import forms
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from goldenthread.templatetags import gt
from goldenthread.web.shared.widgets import Renderer

CHOICES = (
    ("", "Choose one"),
    ("a", "Aims & ends"),
    ('"b"', "<b>bold</b>"),
    (3, "three"),
    (None, "nothing"),
    ("Ælfgifu's", (("x", "O'Neill"), ("y", "\u202eright to left"))),
    ("Empty", ()),
)


class Form(forms.Form):
    one = forms.ChoiceField(choices=CHOICES, required=False)
    must = forms.ChoiceField(choices=CHOICES, help_text="One of these")
    several = forms.MultipleChoiceField(choices=CHOICES, required=False)
    disabled = forms.ChoiceField(choices=CHOICES, disabled=True, required=False)
    dressed = forms.ChoiceField(
        choices=CHOICES,
        widget=forms.Select(attrs={"class": 'a"b', "hidden": True, "data-x": False, "data-n": 1500}),
    )
    known = forms.NullBooleanField()
    text = forms.CharField(max_length=20)


@pytest.mark.parametrize(
    "data", [None, {}, {"one": "a", "must": '"b"', "several": ["x", "3"], "dressed": "y"}]
)
def test_a_control_is_what_django_writes(data: Any) -> None:
    ours, theirs = (Form(data, renderer=renderer()) for renderer in (Renderer, DjangoTemplates))
    for name in ours.fields:
        assert parse_html(str(ours[name])) == parse_html(str(theirs[name])), name


def test_the_installation_writes_its_forms_so() -> None:
    assert isinstance(Form().renderer, Renderer)
    assert "\n" not in str(Form()["one"])


def test_the_address_of_a_static_file_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "goldenthread/once.css"
    assert staticfiles_storage.url(name) == "/static/goldenthread/once.css"
    monkeypatch.setattr("django.core.files.storage.filesystem.urljoin", lambda *_: "again")
    assert staticfiles_storage.url(name) == "/static/goldenthread/once.css"
    assert staticfiles_storage.url("goldenthread/twice.css") == "again"


def test_one_thing_of_a_list_is_told_in_the_singular() -> None:
    for things, one in (
        ("requests", "request"),
        ("pieces of work", "piece of work"),
        ("case studies", "case study"),
        ("stretches of writing", "stretch of writing"),
        ("people", "person"),
        ("submitted scripts", "submitted script"),
        ("names", "name"),
    ):
        assert (gt.counted(things, 1), gt.counted(things, 2), gt.counted(things, 0)) == (one, things, things)


def test_a_difference_has_its_sign() -> None:
    assert [gt.signed(number) for number in (2, 0, -1, 1200)] == ["+2", "0", "−1", "+1,200"]
