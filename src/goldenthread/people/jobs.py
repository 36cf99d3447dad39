"""What runs by the clock: the end of what people have by a role whose last day is over, and of texts kept for them."""

from datetime import datetime, timedelta

from goldenthread.common import clock, jobs
from goldenthread.people import actions, kept_forms
from goldenthread.people.models import Membership, User

BACK = timedelta(days=60)  # how far back ended roles are looked at; long enough for a worker that was away


@jobs.every(timedelta(hours=1), "ended roles")
def close_ended_roles(at: datetime) -> str:
    """End what people had by roles that have ended; what has ended before stays as it is."""
    today = clock.day_of(at)
    ended = Membership.objects.filter(ends_on__lt=today, ends_on__gte=today - BACK)
    pairs = sorted(set(ended.order_by().values_list("user_id", "role")))
    people = User.objects.in_bulk({person for person, _ in pairs})
    done = [actions.close_role(user=people[person], role=role, by=None, at=at) for person, role in pairs]
    return f"{sum(done)} roles are over"


@jobs.every(timedelta(days=1), "kept forms")
def let_kept_forms_go(at: datetime) -> str:
    """Let go what was sent while signed out and neither sent again nor dismissed within 90 days."""
    return f"{kept_forms.let_expired_go(at=at)} kept forms are let go"
