"""The one Django app; its packages are ordered as the participant's journey."""

from django.apps import AppConfig


class GoldenThreadConfig(AppConfig):
    name = "goldenthread"
    label = "goldenthread"
    verbose_name = "Golden Thread"
    default_auto_field = "django.db.models.BigAutoField"
