"""What frames every page: the person's hats, the navigation of the hat they wear, notices."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from goldenthread.applications.models import Enrolment
from goldenthread.common.prepared import PreparedValues
from goldenthread.enquiries.models import Brand
from goldenthread.enquiries.queries import lead_brand, waiting_for_office
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role, User
from goldenthread.web.shared.http import address_of, viewer


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool = False
    back: bool = False  # from a page of everybody's to the person's own
    count: int = 0  # what waits there
    count_of: str = ""  # in words: "chats and late enquiries wait"


@dataclass(frozen=True)
class Audience:
    """A hat: its label, its first page, the beginning of its addresses, and its navigation (label, view name).

    `back` is what the way from everybody's pages to the hat's own is called. Where some pages are `roomy`, tables or
    two columns, all of the audience share their edges, so that the header stays where it is from page to page.
    """

    label: str
    home: str
    prefix: str
    pages: tuple[tuple[str, str], ...] = ()
    roomy: bool = False
    back: str = ""


PUBLIC = Audience(
    "Visitor",
    "home",
    "/",
    (
        ("Find yours", "public:finder"),
        ("Programmes", "public:programmes"),
        ("Compare", "public:compare"),
        ("Pathway", "public:pathway"),
        ("Verify an award", "public:verify"),
    ),
)
PARTICIPANT = Audience(
    "Participant",
    "participant:home",
    "/my/",
    (
        ("Home", "participant:home"),
        ("Schedule", "participant:schedule"),
        ("Learning", "participant:learning"),
        ("Engagement", "participant:engagement"),
        ("Assessment", "participant:assessment"),
    ),
    back="My pages",
)
SCHOOL = Audience(
    "School",
    "school:home",
    "/school/",
    (("My staff", "school:home"), ("Updates", "school:updates")),
    back="My staff",
)
TEACHING = Audience(
    "Facilitator and coach",
    "teaching:home",
    "/teach/",
    (("Today", "teaching:home"), ("Work to read", "teaching:responses"), ("Coaching", "teaching:coaching")),
    back="My teaching",
)
MARKER = Audience(
    "Marker", "assessor:queue", "/mark/", (("My queue", "assessor:queue"),), roomy=True, back="My queue"
)
MODERATOR = Audience(
    "Moderator",
    "assessor:moderation",
    "/moderate/",
    (("Moderation", "assessor:moderation"),),
    roomy=True,
    back="Moderation",
)
PARTNER = Audience(
    "Delivery partner",
    "partner:home",
    "/partner/",
    (
        ("My people", "partner:home"),
        ("Enquiries", "partner:enquiries"),
        ("Interest", "partner:interest"),
    ),
    back="My people",
)
UNIVERSITY = Audience(
    "University",
    "university:home",
    "/university/",
    (("Requests for credit", "university:home"),),
    back="Requests for credit",
)
OFFICE = Audience(
    "Programme office",
    "office:desk",
    "/office/",
    (
        ("Desk", "office:desk"),
        ("Enquiries", "office:enquiries"),
        ("Applications", "office:applications"),
        ("Intakes", "office:intakes"),
        ("People", "office:enrolments"),
        ("Engagement", "office:engagement"),
        ("Assessment", "office:windows"),
        ("Case studies", "office:case_studies"),
        ("Catalogue", "office:catalogue"),
        ("Reports", "office:reports"),
        ("Staff", "office:staff"),
        ("Messages", "office:messages"),
    ),
    roomy=True,
    back="Desk",
)
AUTHOR = Audience(
    "Case study author",
    "office:case_studies",
    "/office/case-studies/",
    (("Case studies", "office:case_studies"),),
    roomy=True,
    back="Case studies",
)
TEACHING_ROLES = (Role.FACILITATOR, Role.COACH, Role.TUTOR)
SCHOOL_ROLES = (Role.HEAD_TEACHER, Role.CPD_LEAD, Role.MENTOR)


def audiences_of(viewer: Viewer, *, enrolled: bool) -> list[Audience]:
    """The hats of a person, the one with most to decide first."""
    wears = [
        (viewer.holds(Role.OFFICE), OFFICE),
        (viewer.holds(Role.AUTHOR), AUTHOR),
        (viewer.holds(Role.PARTNER_MANAGER), PARTNER),
        (viewer.holds(Role.MODERATOR), MODERATOR),
        (viewer.holds(Role.MARKER), MARKER),
        (viewer.holds(*TEACHING_ROLES), TEACHING),
        (viewer.holds(*SCHOOL_ROLES), SCHOOL),
        (viewer.holds(Role.UNIVERSITY), UNIVERSITY),
        (enrolled, PARTICIPANT),
    ]
    return [audience for wears_it, audience in wears if wears_it]


def hat_at(path: str, hats: list[Audience]) -> Audience | None:
    """The hat that somebody wears at this address. Rounds of moderation are pages of the office too, for whoever is no
    moderator.
    """
    worn = next((hat for hat in hats if path.startswith(hat.prefix)), None)
    return OFFICE if worn is None and OFFICE in hats and path.startswith(MODERATOR.prefix) else worn


@dataclass(frozen=True)
class Frame:
    nav: tuple[Link, ...] = ()
    hats: tuple[Link, ...] = ()
    hat: str = ""
    notice: str = ""
    provider: str = ""
    mode: str = ""
    signed_in_as: str = ""
    roomy: bool = False
    home: str = "/"  # where the mark leads: a person's own first page, else everybody's
    waiting: int = 0
    brand: Brand | None = None
    canonical: str = ""  # the one address of a public page; "" for pages that no search engine should list
    noindex: bool = False
    base_url: str = ""


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor behind `frame` in every template."""
    provider, about = settings.PROVIDER_NAME, _metadata(request)
    user, mark = getattr(request, "user", None), getattr(request, "content_mark", "")
    if user is None or not user.is_authenticated:
        return {
            "frame": Frame(
                nav=tuple(menu(PUBLIC, request.path)),
                provider=provider,
                mode=settings.MODE,
                brand=_brand_of(mark) if mark else lead_brand(),
                **about,
            )
        }
    hats, waiting = _hats_and_waiting(request)
    current = hat_at(request.path, hats)
    home = current or (hats[0] if hats else PUBLIC)
    nav = _nav(request, hats, current, waiting)
    return {
        "frame": Frame(
            nav=tuple(nav),
            hats=tuple(Link(hat.label, address_of(hat.home), hat is current) for hat in hats),
            hat=current.label if current else "",
            home=address_of(home.home),
            waiting=sum(link.count for link in nav),
            provider=provider,
            mode=settings.MODE,
            signed_in_as=str(user),
            roomy=bool(current and current.roomy),
            **about,
        )
    }


_ENROLLED = PreparedValues(
    lambda user: Enrolment.objects.filter(user=user).order_by("pk").values_list("pk")[:1], key=int
)
_OF_THE_OFFICE = PreparedValues(
    lambda user, at: (
        User.objects.filter(pk=user)
        .annotate(
            enrolled=Exists(Enrolment.objects.filter(user=OuterRef("pk"))), waiting=waiting_for_office(at=at)
        )
        .values_list("enrolled", "waiting")
    ),
    key=(int, datetime),
)


def hats_of(request: Any) -> list[Audience]:
    """The hats of the signed-in person of a request, the one with most to decide first."""
    known = getattr(request, "enrolled", None)  # a participant's page has looked already
    if known is None:
        known = _ENROLLED.get(request.user.pk) is not None
    return audiences_of(viewer(request), enrolled=known)


def _hats_and_waiting(request: Any) -> tuple[list[Audience], int]:
    """The person's hats, and for the office how many chats and late enquiries wait. One statement, as `hats_of`."""
    if not viewer(request).holds(Role.OFFICE):
        return hats_of(request), 0
    enrolled, waiting = _OF_THE_OFFICE.get(request.user.pk, request.received_at) or (False, 0)
    return audiences_of(viewer(request), enrolled=enrolled), waiting


def way_back(hat: Audience) -> Link:
    """The link from everybody's pages to the first one of a hat."""
    return Link(hat.back, address_of(hat.home), back=True)


def _nav(request: Any, hats: list[Audience], current: Audience | None, waiting: int) -> list[Link]:
    """The menu of a signed-in person: of the hat they wear; on visitors' pages visitors' own, after the way back; and
    on pages of nobody's (a profile, a page that isn't there) that of their first hat."""
    if current is None and (not hats or _is_visitors(request)):
        return [*map(way_back, hats[:1]), *menu(PUBLIC, request.path)]
    shown = current or hats[0]
    links = menu(shown, request.path)
    return _counted(links, waiting) if shown is OFFICE else links


def _is_visitors(request: Any) -> bool:
    found = getattr(request, "resolver_match", None)
    return found is not None and (found.namespace == "public" or found.view_name == "home")


def _counted(links: list[Link], waiting: int) -> list[Link]:
    """The office's menu with how many chats and late enquiries wait for it."""
    queue = address_of("office:enquiries")
    said = "waiting in the chat or past the target"
    return [replace(link, count=waiting, count_of=said) if link.url == queue else link for link in links]


@lru_cache(maxsize=2)
def _brand_of(mark: str) -> Brand | None:
    """The lead provider's brand in the content with this token (`common.content_mark`), kept by each process."""
    return lead_brand()


def _metadata(request: HttpRequest) -> dict[str, Any]:
    """What search engines are told: nothing but of public pages, and of these once, without what is asked for."""
    if not getattr(request, "is_public_page", False):
        return {}
    base = settings.BASE_URL
    return {"canonical": base + request.path, "noindex": bool(request.GET), "base_url": base}


# Pages under another entry of their hat's menu than their address says: that from which one comes to them.
OF_PARTICIPANTS = {
    "/my/result/": "participant:assessment",
    "/my/award/": "participant:assessment",
    "/my/transcript/": "participant:assessment",
    "/my/rules/": "participant:assessment",
    "/my/coaching/": "participant:learning",
    "/my/self-assessment/": "participant:engagement",
}
OF_THE_OFFICE = {
    "/moderate/": "office:windows",
    "/office/pipeline/": "office:desk",
    "/office/groups/": "office:intakes",
    "/office/organisations/": "office:staff",
    "/office/markings/": "office:windows",
    "/office/discussions/": "office:windows",
    "/office/projects/": "office:windows",
    "/office/markers/": "office:windows",
    "/office/pay/": "office:windows",
    "/office/payments/": "office:windows",
    "/office/frameworks/": "office:catalogue",
    "/office/units/": "office:catalogue",
    "/office/destinations/": "office:catalogue",
    "/office/claims/": "office:reports",
    "/office/awards/": "office:reports",
}
BELONGS = {PARTICIPANT: OF_PARTICIPANTS, OFFICE: OF_THE_OFFICE}


def menu(audience: Audience, path: str) -> list[Link]:
    """The entries of a hat's menu; the one to which the page at `path` belongs is current."""
    elsewhere = BELONGS.get(audience, {})
    path = next((address_of(name) for begin, name in elsewhere.items() if path.startswith(begin)), path)
    urls = [(label, address_of(name)) for label, name in audience.pages]
    # The longest address that the present one begins with is the current page; the hat's first page only by itself.
    inside = [url for _, url in urls if path == url or (path.startswith(url) and url != audience.prefix)]
    here = max(inside, key=len, default="")
    if not here and len(urls) == 1 and path.startswith(audience.prefix):
        here = urls[0][1]  # everything of a hat with one entry belongs to it
    return [Link(label, url, url == here) for label, url in urls]
