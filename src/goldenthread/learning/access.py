"""Who may do what with a response: one-line predicates."""

from typing import Any

from goldenthread.learning.models import TaskResponse


def may_write(user: Any, response: TaskResponse) -> bool:
    """The work is the participant's own."""
    return bool(response.enrolment.user_id == user.pk)
