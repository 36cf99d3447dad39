"""The link of the welcome mail, made when the mail is rendered, so that no token lies in the outbox."""

from django import template
from django.conf import settings
from django.urls import reverse

from goldenthread.people import queries
from goldenthread.people.models import User

register = template.Library()


@register.simple_tag
def welcome_url(user_id: int) -> str:
    """Where the person sets a password, or "" for somebody who has one already."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.has_usable_password():
        return ""
    return f"{settings.BASE_URL}{reverse('public:welcome', args=[queries.welcome_token(user)])}"
