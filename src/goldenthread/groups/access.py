"""Which roles somebody may have in a group."""

from goldenthread.people.models import Role

STAFF_ROLES = (Role.FACILITATOR, Role.TUTOR, Role.COACH)
