"""The cast, the organisations and the invented names of the demonstration."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from goldenthread.people import actions
from goldenthread.people.models import Organisation, OrganisationKind, Role, School, User

FIRST_NAMES = (
    "Aisha Alun Amelia Anwen Ayo Bartek Beatrix Bilal Bronwen Callum Carys Chen Chiara Daisy Dafydd Deepa Dylan Eilidh Elin Emeka "
    "Esme Farah Fergus Freya Gethin Grace Gwen Hamza Hannah Harpreet Idris Imogen Iona Isaac Jamal Jana Jaya Joanna Kaia "
    "Kwame Lara Leila Liam Lowri Lucia Mahmoud Mairi Marcus Mei Mina Mohan Nadia Nerys Niamh Noor Omar Orla Owain Padma "
    "Petra Piotr Rania Rhodri Rosa Ruth Sadia Samir Sanjay Saoirse Siân Sofia Tamara Tariq Tegan Tomasz Uma Victor Wanjiru "
    "Yasmin Yuki Zahra Zoë"
).split()
LAST_NAMES = (
    "Abbott Achebe Ahmed Banerjee Barker Begum Bevan Boateng Brennan Chandra Chowdhury Clarke Cooper Costa Davies Dhillon "
    "Doyle Edwards Ellis Evans Farouk Fenwick Fraser Garcia Gill Griffiths Hakimi Hartley Hughes Ibrahim Iqbal Jenkins "
    "Joshi Kamara Kaur Kelly Khan Kowalska Lawal Lewis Lin MacLeod Mahmood Malik Mensah Morgan Murphy Mutua Nguyen Novak "
    "O'Connor Okoro Oliveira Osei Owen Parry Patel Pearce Powell Price Quinn Rahman Rees Reid Roberts Sato Shah Silva Singh "
    "Sutton Tan Thomas Tŵm Vaughan Walsh Ward Williams Wong Wyn Yilmaz"
).split()


@dataclass(frozen=True)
class Member:
    """One of the cast: what they are to be found by, what they show, and the roles they hold."""

    key: str
    name: str
    line: str
    roles: tuple[Role, ...] = ()
    zone: str = "Europe/London"


CAST = (
    Member("amara", "Amara Okafor", "Participant, in the middle of NPQ Leading Teaching"),
    Member(
        "priya", "Priya Nair", "Participant in Dubai, whose case study window is open now", zone="Asia/Dubai"
    ),
    Member("rhys", "Rhys Llewellyn", "Participant who has passed, with the certificate"),
    Member("helen", "Helen Marsh", "Head teacher of Amara's school", (Role.HEAD_TEACHER,)),
    Member(
        "tom",
        "Tom Adeyemi",
        "Facilitator and tutor: registers and work to read",
        (Role.FACILITATOR, Role.TUTOR),
    ),
    Member("cora", "Cora Blake", "Coach: people coached and sessions", (Role.COACH,)),
    Member("maya", "Maya Lindqvist", "Marker with scripts waiting", (Role.MARKER,)),
    Member("joseph", "Joseph Mbeki", "Second marker with scripts waiting", (Role.MARKER,)),
    Member("ingrid", "Ingrid Sole", "Moderator with an open sample", (Role.MODERATOR,)),
    Member("pat", "Pat Rowe", "Manager of a delivery partner", (Role.PARTNER_MANAGER,)),
    Member("olu", "Olu Bankole", "Programme office: decides, sets windows, releases", (Role.OFFICE,)),
    Member("nia", "Nia Prosser", "Programme office: the second person who publishes", (Role.OFFICE,)),
    Member("gwen", "Gwen Harries", "Graduate of the legacy NPQSL, who asks a university for credit"),
    Member(
        "una", "Una Kendrick", "Credit officer of a university, with a request to answer", (Role.UNIVERSITY,)
    ),
    Member("ada", "Ada Finch", "Author of case studies", (Role.AUTHOR,)),
)
FURTHER_MARKERS = ("Sunil Rao", "Greta Holm", "Noah Whitfield")
PARTNERS = (
    ("Avonbrook Teaching School Hub", (OrganisationKind.DELIVERY_PARTNER, OrganisationKind.HUB)),
    ("Northmoor Learning Trust", (OrganisationKind.DELIVERY_PARTNER, OrganisationKind.TRUST)),
    ("Gulf Lantern Training Centre", (OrganisationKind.DELIVERY_PARTNER, OrganisationKind.TRAINING_CENTRE)),
)

UNIVERSITY = "Larkhill University"


def email_of(name: str, number: int = 0) -> str:
    """An address that no mail server delivers to."""
    plain = "".join(
        c for c in name.lower().replace("ŵ", "w").replace("â", "a").replace("ë", "e") if c.isascii()
    )
    local = ".".join("".join(c for c in word if c.isalnum()) for word in plain.split())
    return f"{local}{number or ''}@demonstration.example"


def invented_names(random: Random) -> Iterator[str]:
    """Names without end, none twice."""
    seen: set[str] = set()
    while True:
        name = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
        if len(seen) > 4000:
            name += f"-{random.choice(LAST_NAMES)}"
        if name not in seen:
            seen.add(name)
            yield name


@dataclass(frozen=True)
class Bodies:
    """The organisations of the demonstration."""

    provider: Organisation
    partners: list[Organisation]
    university: Organisation


def make_bodies(*, name: str, at: datetime) -> Bodies:
    """The lead provider, its delivery partners, and a university."""
    since = date(2018, 1, 1)
    provider = actions.create_organisation(
        name=name, roles=[OrganisationKind.LEAD_PROVIDER], by=None, at=at, starts_on=since
    )
    partners = [
        actions.create_organisation(name=partner, roles=roles, by=None, at=at, starts_on=since)
        for partner, roles in PARTNERS
    ]
    university = actions.create_organisation(
        name=UNIVERSITY, roles=[OrganisationKind.UNIVERSITY], by=None, at=at, starts_on=since
    )
    return Bodies(provider, partners, university)


def make_cast(*, bodies: Bodies, home: School, at: datetime) -> dict[str, User]:
    """Everybody of the cast with their roles, and the further markers that double marking needs."""
    school = actions.organisation_for_school(home, at=at)
    cast: dict[str, User] = {}
    for place, member in enumerate(CAST, start=1):
        user = actions.ensure_user(
            email=email_of(member.name), name=member.name, zone=member.zone, by=None, at=at
        )
        user.cast_order, user.cast_line = place, member.line
        user.save(update_fields=["cast_order", "cast_line"])
        for role in member.roles:
            body = school if role == Role.HEAD_TEACHER else bodies.provider
            body = bodies.partners[0] if role == Role.PARTNER_MANAGER else body
            body = bodies.university if role == Role.UNIVERSITY else body
            actions.give_role(
                user=user, organisation=body, role=role, starts_on=date(2018, 1, 1), by=None, at=at
            )
        cast[member.key] = user
    for name in FURTHER_MARKERS:
        user = actions.ensure_user(email=email_of(name), name=name, zone="Europe/London", by=None, at=at)
        actions.give_role(
            user=user,
            organisation=bodies.provider,
            role=Role.MARKER,
            starts_on=date(2018, 1, 1),
            by=None,
            at=at,
        )
        cast[name.split()[0].lower()] = user
    return cast
