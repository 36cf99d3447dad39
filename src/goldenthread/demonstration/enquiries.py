"""Interest, questions, a waiting chat, contact points and testimonials of the demonstration."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from goldenthread.catalogue.models import Programme
from goldenthread.demonstration.people import Bodies, email_of
from goldenthread.enquiries.actions import answer, ask, chatting, contacts, interest, templates, testimonials
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.rules import Signs
from goldenthread.people.models import User

# Name, programme, role, postcode, whether they agree to be written to.
INTERESTED = (
    ("Gwen Parry", "NPQLT", "Head of mathematics", "BS1 5JD", True),
    ("Hamza Iqbal", "NPQSL", "Assistant head", "BS8 1TH", True),
    ("Rosa Silva", "NPQLBC", "Pastoral lead", "EX4 4QJ", False),
    ("Mei Tan", "NPQH", "Deputy head", "", True),
)
# Name, programme, words, whether a partner answers.
ASKED = (
    ("Callum Fraser", "NPQLT", "Can I begin in January if my school is still looking for cover?", False),
    ("Sadia Malik", "NPQSL", "Is there a group near Bristol whose days are not on Fridays?", True),
    ("Owain Rees", "", "We are a trust of nine schools. Whom do we talk to about a group of our own?", False),
    (
        "Bethan Pugh",
        "",
        "How long does the HLTA take, and can a teaching assistant of ours begin at Easter?",
        False,
    ),
)
SPAM = "Dear owner, our SEO services bring your site to the top: https://rank.example https://top.example"
TEMPLATES = {
    "Dates of the next intake": "Thank you for asking.\n\nThe next intake and its last day for applications stand on the "
    "programme's page. If none is named, register your interest there: you hear as soon as one opens near you.",
    "Cover for event days": "Thank you for asking.\n\nEvent days are announced when your group is made, at least six "
    "weeks before the first. If a day does not suit your school, tell us, and we look for another group.",
}
SAID = (
    ("The coaching made me look at my own lessons with other eyes.", "Subject lead, Bristol", "NPQLT"),
    ("It was demanding, and my school noticed the difference before I did.", "Deputy head, Dubai", None),
)


def fill(*, cast: Mapping[str, User], bodies: Bodies, now: datetime, times: int = 1) -> None:
    """What people who don't take part yet have written in the last days; `times` as many of everybody."""
    olu = cast["olu"]
    _contacts(bodies, by=olu, at=now - timedelta(days=400))
    for title, text in TEMPLATES.items():
        templates.keep(title=title, text=text, by=olu, at=now - timedelta(days=200))
    for number, (text, name, code) in enumerate(SAID * times):
        _said(text, name, code, number, by=olu, at=now - timedelta(days=30))
    for number in range(times):
        _interests(bodies, number, now)
        _questions(cast, bodies, number, now)
        _chat(cast, number, now)


def _contacts(bodies: Bodies, *, by: User, at: datetime) -> None:
    lead = bodies.provider
    contacts.set_brand(
        organisation=lead, strapline="One thread, from interest to award", website="provider.example",
        postcode="", by=by, at=at,
    )  # fmt: skip
    points = ((lead, "email", "office@provider.example"), (lead, "phone", "0117 496 0123"))
    hub = bodies.partners[0]
    for body, kind, printed in (
        *points,
        (hub, "email", "npq@avonbrook.example"),
        (hub, "phone", "0117 496 0456"),
    ):
        contacts.add_point(organisation=body, kind=kind, printed=printed, by=by, at=at)


def _said(text: str, name: str, code: str | None, number: int, *, by: User, at: datetime) -> None:
    made = testimonials.add(
        form_key=_key(f"said {number}"), text=text, name=name, by=by, at=at,
        programme=Programme.objects.get(code=code) if code else None,
        consent_on=at.date(), consent_evidence="Form of the closing event, folder “Consents”",
    )  # fmt: skip
    testimonials.publish(testimonial=made, by=by, at=at)


def _interests(bodies: Bodies, number: int, now: datetime) -> None:
    for place, (name, code, role, postcode, consent) in enumerate(INTERESTED):
        made = interest.register(
            programmes=[Programme.objects.get(code=code)],
            who=Who(name, email_of(name, number), role, postcode, "" if postcode else "Singapore"),
            consent=consent,
            market="international",
            partner=bodies.partners[0] if place == 0 else None,
            at=now - timedelta(days=1 + 3 * place),
        )
        if place:  # the first one has not opened the link yet
            interest.confirm(prospect=made[0].prospect, codes=[code], at=now - timedelta(days=3 * place))


def _questions(cast: Mapping[str, User], bodies: Bodies, number: int, now: datetime) -> None:
    for place, (name, code, text, partners) in enumerate(ASKED):
        ask.ask(
            form_key=_key(f"ask {number} {place}"),
            who=Who(name, email_of(name, number)),
            text=text,
            programme=Programme.objects.get(code=code) if code else None,
            partner=bodies.partners[0] if partners else None,
            signs=Signs(seconds=60),
            at=now - timedelta(days=place, hours=3),
        )
    spam = Who("Rank Booster", email_of("Rank Booster", number))
    ask.ask(
        form_key=_key(f"spam {number}"),
        who=spam,
        text=SPAM,
        signs=Signs(seconds=60),
        at=now - timedelta(hours=9),
    )
    answered = ask.by_telephone(
        form_key=_key(f"call {number}"),
        who=Who("Nerys Vaughan", email_of("Nerys Vaughan", number)),
        text="Asked whether an NPQH from 2019 counts towards a master's degree.",
        by=cast["olu"],
        at=now - timedelta(days=4),
    )
    answer.answer(
        enquiry=answered, form_key=_key(f"answer {number}"), by=cast["olu"], at=now - timedelta(days=3),
        text="Some universities take it into account. Ask the university first; we confirm your award to it.",
    )  # fmt: skip


def _chat(cast: Mapping[str, User], number: int, now: datetime) -> None:
    """Somebody waits in the chat, as if Olu had been on duty a moment ago."""
    chatting.set_duty(user=cast["olu"], on=True, at=now)
    chatting.begin(
        token=f"demonstration {number}",
        form_key=_key(f"chat {number}"),
        text="Hello, how many days would I be out of school?",
        who=Who("Tegan Ward", email_of("Tegan Ward", number)),
        signs=Signs(seconds=30),
        at=now,
    )


def _key(name: str) -> uuid.UUID:
    """A form's key that is the same each time."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"demonstration {name}")
