"""Links that prove who reads a mail, made when it is rendered, so that no token lies in the outbox."""

from django import template
from django.conf import settings
from django.urls import reverse

from goldenthread.people import addresses, queries
from goldenthread.people.models import User

register = template.Library()


@register.simple_tag
def welcome_url(user_id: int) -> str:
    """Where the person sets a password, or "" for somebody who has one already."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.has_usable_password():
        return ""
    return f"{settings.BASE_URL}{reverse('public:welcome', args=[queries.welcome_token(user)])}"


@register.simple_tag
def address_url(user_id: int, address: str) -> str:
    """Where the person confirms that they read `address`, or "" when another account has it."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or User.objects.filter(email__iexact=address).exclude(pk=user_id).exists():
        return ""
    return f"{settings.BASE_URL}{reverse('address_link', args=[addresses.link_token(user, address)])}"
