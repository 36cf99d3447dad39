"""What runs by the clock: fetching mail, telling of intakes that opened, ending chats that nobody answers."""

from datetime import datetime, timedelta

from goldenthread.common import clock, jobs
from goldenthread.enquiries import letters, mailbox, queries
from goldenthread.enquiries.actions import chatting, incoming, interest
from goldenthread.enquiries.offers import offers


@jobs.every(timedelta(minutes=1), "mail in")
def fetch_mail(at: datetime) -> str:
    """Take in what waits in the mailbox; without one, nothing."""
    box = mailbox.configured()
    if box is None:
        return "no mailbox"
    found = mailbox.fetch(box, lambda raw, cut: incoming.take(letter=letters.read(raw, cut=cut), at=at))
    return f"took in {found.taken}" + (f", {found.failed} could not be" if found.failed else "")


@jobs.every(timedelta(hours=1), "interest in intakes")
def tell_of_intakes(at: datetime) -> str:
    """Tell everybody who agreed to it of each intake that takes applications near them, once (S0-66).

    An intake that is opened, or whose first place is named, is told of within the hour.
    """
    on_offer = offers(clock.day_of(at))
    told = sum(interest.tell(intake=one, offers=on_offer, at=at) for one in queries.open_intakes(at=at))
    return f"told {told} people"


@jobs.every(timedelta(days=1), "interest that is over")
def forget_interest(at: datetime) -> str:
    """Interest that nobody confirmed, or whose consent has run out, is deleted, with people of whom nothing is left."""
    gone, people = interest.forget_over(at=at)
    return f"deleted {gone} interests and {people} people"


@jobs.every(timedelta(minutes=1), "abandoned chats")
def end_abandoned_chats(at: datetime) -> str:
    """Chats that nobody answers become enquiries."""
    return f"ended {chatting.end_abandoned(at=at)}"
