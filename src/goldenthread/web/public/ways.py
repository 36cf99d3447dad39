"""Where a visitor's question or interest goes: one place, so that better ways need changing here only."""

from django.urls import reverse


def ask_url(key: str = "") -> str:
    """Where to ask something, about the version or programme with this key if one is meant."""
    return reverse("public:ask_about", args=[key]) if key else reverse("public:ask")


def interest_url(key: str = "") -> str:
    """Where to say that one would like to hear of the next intake."""
    return reverse("public:interest_in", args=[key]) if key else reverse("public:interest")
