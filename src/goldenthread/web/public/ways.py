"""Where a visitor's question or interest goes: one place, so that better ways need changing here only."""

from django.urls import reverse


def ask_url() -> str:
    """Where to ask something."""
    return reverse("public:contact")


def interest_url() -> str:
    """Where to say that one would like to hear of the next intake."""
    return reverse("public:contact")
