"""What frames every page: the person's hats, the navigation of the hat they wear, notices."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from goldenthread.enquiries.models import Brand
from goldenthread.enquiries.queries import lead_brand
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role
from goldenthread.web.shared.http import viewer


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Audience:
    """A hat: its label, its first page, the beginning of its addresses, and its navigation (label, view name).

    Where some pages are `roomy`, tables or two columns, all of the audience share their edges, so that the header
    stays where it is from page to page.
    """

    label: str
    home: str
    prefix: str
    pages: tuple[tuple[str, str], ...] = ()
    roomy: bool = False


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
)
SCHOOL = Audience(
    "School", "school:home", "/school/", (("My staff", "school:home"), ("Updates", "school:updates"))
)
TEACHING = Audience(
    "Facilitator and coach",
    "teaching:home",
    "/teach/",
    (("Today", "teaching:home"), ("Work to read", "teaching:responses"), ("Coaching", "teaching:coaching")),
)
MARKER = Audience("Marker", "assessor:queue", "/mark/", (("My queue", "assessor:queue"),), roomy=True)
MODERATOR = Audience(
    "Moderator", "assessor:moderation", "/moderate/", (("Moderation", "assessor:moderation"),), roomy=True
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
)
AUTHOR = Audience(
    "Case study author",
    "office:case_studies",
    "/office/case-studies/",
    (("Case studies", "office:case_studies"),),
    roomy=True,
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
        (enrolled, PARTICIPANT),
    ]
    return [audience for wears_it, audience in wears if wears_it]


@dataclass(frozen=True)
class Frame:
    nav: list[Link] = field(default_factory=list)
    hats: list[Link] = field(default_factory=list)
    hat: str = ""
    notice: str = ""
    provider: str = ""
    mode: str = ""
    signed_in_as: str = ""
    roomy: bool = False
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
                nav=_links(PUBLIC, request.path),
                provider=provider,
                mode=settings.MODE,
                brand=_brand_of(mark) if mark else lead_brand(),
                **about,
            )
        }
    known = getattr(request, "enrolled", None)  # a participant's page has looked already
    hats = audiences_of(viewer(request), enrolled=user.enrolments.exists() if known is None else known)
    current = next((hat for hat in hats if request.path.startswith(hat.prefix)), None)
    return {
        "frame": Frame(
            nav=_links(current or PUBLIC, request.path),
            hats=[Link(hat.label, reverse(hat.home), hat is current) for hat in hats],
            hat=current.label if current else "",
            provider=provider,
            mode=settings.MODE,
            signed_in_as=str(user),
            roomy=bool(current and current.roomy),
            **about,
        )
    }


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


BELONGS = {  # under another entry than their address says
    "/office/organisations/": "office:staff",
    "/office/markings/": "office:windows",
    "/office/frameworks/": "office:catalogue",
    "/office/units/": "office:catalogue",
    "/office/claims/": "office:reports",
}


def _links(audience: Audience, path: str) -> list[Link]:
    path = next((reverse(name) for begin, name in BELONGS.items() if path.startswith(begin)), path)
    urls = [(label, reverse(name)) for label, name in audience.pages]
    # The longest address that the present one begins with is the current page; the hat's first page only by itself.
    inside = [url for _, url in urls if path == url or (path.startswith(url) and url != audience.prefix)]
    here = max(inside, key=len, default="")
    return [Link(label, url, url == here) for label, url in urls]
