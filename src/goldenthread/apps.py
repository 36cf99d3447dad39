"""The one Django app; its packages are ordered as the participant's journey."""

from django.apps import AppConfig


class GoldenThreadConfig(AppConfig):
    name = "goldenthread"
    label = "goldenthread"
    verbose_name = "Golden Thread"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let what follows a released result register itself, whichever part of the system runs."""
        import goldenthread.support.clockwork  # noqa: F401, PLC0415
