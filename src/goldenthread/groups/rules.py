"""Groups: who fits into one, and where and when its people meet. Pure: no Django, no clock."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from goldenthread.common.refused import Refused

STAFF_ROLES = ("facilitator", "tutor", "coach")


def check_group(*, name: str, capacity: int, zone: str) -> None:
    """A group has a name, room for at least one person, and a time zone that exists."""
    if not name.strip():
        raise Refused("Give the group a name.", code="group.name", field="name")
    if capacity < 1:
        raise Refused("A group has room for at least one person.", code="group.capacity", field="capacity")
    check_zone(zone)


def check_capacity(*, capacity: int, taken: int) -> None:
    """A group has room for everybody who has a place in it, and for at least one person."""
    if capacity < max(taken, 1):
        people = "person" if taken == 1 else "people"
        raise Refused(
            f"{taken} {people} have a place here: the capacity is at least {taken}. Move people first."
            if taken
            else "A group has room for at least one person.",
            code="group.capacity",
            field="capacity",
        )


def check_room(*, group: str, capacity: int, taken: int, coming: int) -> None:
    """All who are to come find a place, or nobody is placed."""
    left = max(0, capacity - taken)
    if coming > left:
        rest = "1 place is" if left == 1 else f"{left or 'no'} places are"
        raise Refused(
            f"{group} has {capacity} places and {rest} left, but {coming} people are chosen. Choose fewer, "
            "take another group, or raise its capacity.",
            code="place.full",
            field="group",
        )


def check_zone(zone: str) -> None:
    """A time zone is named as place, such as Europe/London or Asia/Dubai."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            f"There is no time zone “{zone[:60]}”. Choose one such as Europe/London or Asia/Dubai.",
            code="group.zone",
            field="zone",
        ) from None


def check_place(*, group: str, capacity: int, taken: int, same_intake: bool, withdrawn: bool) -> None:
    """A person is placed in a group of their own intake that has a place left."""
    if withdrawn:
        raise Refused(
            "This person has withdrawn and can't be placed.", code="place.withdrawn", field="enrolment"
        )
    if not same_intake:
        raise Refused(
            f"{group} belongs to another intake. Choose a group of the person's own intake.",
            code="place.intake",
            field="group",
        )
    if taken >= capacity:
        raise Refused(
            f"{group} is full: {taken} of {capacity} places are taken. "
            "Choose another group or raise its capacity.",
            code="place.full",
            field="group",
        )


def check_staff(*, role: str) -> None:
    """A group's staff are facilitators, tutors and coaches."""
    if role not in STAFF_ROLES:
        raise Refused("Choose facilitator, tutor or coach.", code="staff.role", field="role")
