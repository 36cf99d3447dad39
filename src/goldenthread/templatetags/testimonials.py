"""What participants say, for any public page: only what may be shown at this moment."""

from django import template

from goldenthread.enquiries.models import Testimonial
from goldenthread.enquiries.queries import shown_testimonials

register = template.Library()


@register.simple_tag
def said_of(code: str = "") -> list[Testimonial]:
    """The testimonials of a programme by its code, or all of them for a general page (S0-69)."""
    return shown_testimonials(code or None)
