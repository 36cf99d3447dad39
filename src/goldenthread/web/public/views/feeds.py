"""What programs read: the coming intakes as a feed and a calendar, the list of pages, and what robots may visit."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import URLPattern, get_resolver, reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import ical
from goldenthread.intakes import queries as intakes
from goldenthread.intakes.models import Intake
from goldenthread.templatetags.gt import day as day_text
from goldenthread.web.public import facts
from goldenthread.web.public.lists import public_versions
from goldenthread.web.shared.http import Request
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version, versions

MOST_INTAKES = 100
KEPT_FROM_ROBOTS = (
    "/accounts/ /demonstration/ /mark/ /moderate/ /my/ /office/ /partner/ /profile/ /school/ /start/ /university/ "
    "/styleguide/ /teach/ /welcome/"
).split()


def _coming(at: datetime) -> list[tuple[Intake, Version]]:
    """The next intakes of published versions, the first to start first. Two or three queries."""
    published = {pk: version for pk, version in versions().items() if version.state == "published"}
    coming = intakes.next_intakes(at=at, limit=MOST_INTAKES)
    return [(one, published[one.version_id]) for one in coming if one.version_id in published]


def _address(version: Version) -> str:
    return settings.BASE_URL + reverse("public:programme", args=[version.key])


def _name(intake: Intake, version: Version) -> str:
    return f"{version.code} {facts.short_name(version.specification.programme_name)}, {intake.name}"


@login_not_required
@require_safe
@public_page
def atom(request: Request) -> HttpResponse:
    """The coming intakes as an Atom feed (S1-38)."""
    feed = Atom1Feed(
        title=f"Intakes – {settings.PROVIDER_NAME}",
        link=settings.BASE_URL + reverse("public:programmes"),
        description="The next intakes and their last days for applications.",
        feed_url=settings.BASE_URL + reverse("public:intakes_atom"),
        author_name=settings.PROVIDER_NAME,
        language=settings.LANGUAGE_CODE,
    )
    host = urlsplit(settings.BASE_URL).hostname
    for intake, version in _coming(request.received_at):
        feed.add_item(
            title=_name(intake, version),
            link=_address(version),
            unique_id=f"tag:{host},{intake.created_at:%Y-%m-%d}:intake-{intake.pk}",
            description=f"{facts.edition_text(version.specification)}. Starts {day_text(intake.starts_on)}. Apply from "
            f"{day_text(intake.applications_open_on)} to {day_text(intake.applications_close_on)}.",
            pubdate=intake.created_at,
            updateddate=intake.created_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@login_not_required
@require_safe
@public_page
def calendar(request: Request) -> HttpResponse:
    """The key dates of the coming intakes as a calendar that can be subscribed to (S1-38)."""
    entries = [entry for intake, version in _coming(request.received_at) for entry in _dates(intake, version)]
    text = ical.calendar(entries, name=f"Intakes – {settings.PROVIDER_NAME}")
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="intakes.ics"'
    return response


def _dates(intake: Intake, version: Version) -> Iterator[Iterator[str]]:
    host, name = urlsplit(settings.BASE_URL).hostname, _name(intake, version)
    key_dates = (
        ("opens", "Applications open", intake.applications_open_on),
        ("closes", "Last day to apply", intake.applications_close_on),
        ("starts", "Programme starts", intake.starts_on),
    )
    for key, label, day in key_dates:
        yield ical.event(
            uid=f"intake-{intake.pk}-{key}@{host}",
            stamp=intake.created_at,
            summary=f"{label}: {name}",
            description=facts.edition_text(version.specification),
            url=_address(version),
            on=day,
        )


@login_not_required
@require_safe
@public_page
def sitemap(request: Request) -> HttpResponse:
    """Every public page: those whose address needs nothing, and the page of each version."""
    pages = [(address, "") for address in _public_addresses()]
    pages += [
        (reverse("public:programme", args=[key]), f"{loaded_at:%Y-%m-%d}")
        for key, loaded_at in _loaded_versions(request.received_at)
    ]
    lines = [
        f"<url><loc>{escape(settings.BASE_URL + address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for address, day in pages
    ]
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f'<urlset xmlns="{space}">', *lines, "</urlset>", ""]
    )
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


def _public_addresses() -> list[str]:
    """The addresses without parameters of pages that are the same for every visitor; files for programs are none."""
    patterns = get_resolver("goldenthread.web.public.urls").url_patterns
    own = [
        reverse(f"public:{one.name}")
        for one in patterns
        if isinstance(one, URLPattern)
        and getattr(one.callback, "is_public_page", False)
        and not one.pattern.converters
    ]
    return [reverse("home"), *(address for address in own if address.endswith("/"))]


def _loaded_versions(at: datetime) -> list[tuple[str, datetime]]:
    """Of the revisions of a version the one in force alone: the others would compete with it under the same name."""
    offered = [version.pk for version in public_versions(at=at).offered]
    found = ProgrammeVersion.objects.filter(pk__in=offered).order_by("programme__position", "key")
    return list(found.values_list("key", "loaded_at"))


@login_not_required
@require_safe
@public_page
def robots(request: Request) -> HttpResponse:
    """Robots may visit the pages of visitors; what belongs to a person would only send them to sign in."""
    lines = ["User-agent: *", *(f"Disallow: {prefix}" for prefix in KEPT_FROM_ROBOTS), ""]
    lines += [f"Sitemap: {settings.BASE_URL}{reverse('public:sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
