"""The top and the foot of every page: rendered once for all that they are made of, then kept by each process.

What is kept stands under everything that is in it (the person's name, their menu, what waits), so that nobody is shown
what is another's. Only the token of the form that signs out is new each time; it is put in last.
"""

import secrets
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

register = template.Library()
_TOKEN_PLACE = secrets.token_hex(16)  # nobody can write it into their name
_MOST = 500  # people and the parts of the site they are in; some 6 KB each


@register.simple_tag(takes_context=True)
def page_top(context: Any) -> str:
    """Notices, mark and provider, the menu, hats and the person, from `frame` (`web.shared.navigation`)."""
    shown = replace(context["frame"], brand=None, canonical="", noindex=False, base_url="", roomy=False)
    top = _top(shown)
    return mark_safe(top.replace(_TOKEN_PLACE, _token(context)) if _TOKEN_PLACE in top else top)


def _token(context: Any) -> str:
    # Asked for only where a form needs it: a page that asks for a token sets a cookie.
    return conditional_escape(context.get("csrf_token", ""))


@lru_cache(maxsize=_MOST)
def _top(frame: Any) -> str:
    return get_template("shared/header.html").render({"frame": frame, "csrf_token": _TOKEN_PLACE})


@register.simple_tag(takes_context=True)
def page_foot(context: Any) -> str:
    """Who answers for the page, and the links that are the same everywhere."""
    frame = context["frame"]
    brand = frame.brand
    said = (brand.strapline, brand.website) if brand else ("", "")
    return mark_safe(_foot(frame.provider, *said))


@lru_cache(maxsize=20)
def _foot(provider: str, strapline: str, website: str) -> str:
    given = {"provider": provider, "strapline": strapline, "website": website}
    return get_template("shared/footer.html").render(given)
