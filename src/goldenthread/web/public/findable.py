"""What visitors can find: everything that has a place on a public page, and nothing else.

Drafts, incomplete statements, and statements of a programme that has no public version in their edition are left out.
Case studies, and whatever belongs to a person, are never read here.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Prefetch, QuerySet
from django.urls import resolve, reverse

from goldenthread.catalogue.models import ContentArea, Framework, Programme, Statement
from goldenthread.common import clock, content_mark, jobs
from goldenthread.events.models import EventDay
from goldenthread.intakes.models import Intake
from goldenthread.search import actions
from goldenthread.search.actions import Change, Thing
from goldenthread.search.queries import Found, is_made_from
from goldenthread.search.synonyms import also_known_by
from goldenthread.templatetags.gt import day as day_text
from goldenthread.web.public import facts
from goldenthread.web.public.answers import answers
from goldenthread.web.public.lists import public_versions, readable_versions
from goldenthread.web.shared.versions import Version

EDITION_OF_THIS_FILE = 5  # one more when entries are made differently: the next start makes them anew
KINDS = {
    "programme": "Programmes",
    "intake": "Intakes",
    "event": "Events",
    "help": "Help",
    "term": "Words explained",
    "area": "Content areas",
    "statement": "Statements",
}
PAGES = (
    ("public:programmes", "Programmes", "All programmes with hours, length, fee and next intake.", "courses"),
    ("public:finder", "Which programme fits you?", "A few questions, and the programmes that fit.", "choose"),
    ("public:pathway", "The golden thread", "How the programmes follow one another.", "progression next after"),
    ("public:frameworks", "Areas by programme", "Which content area belongs to which programme.", "framework matrix"),
    ("public:other_list", "Other provision", "What is offered besides the qualifications.", "apprenticeship SENCO"),
    ("public:about", "About us", "What we aim at and what we offer.", "organisation provider"),
    ("public:about_claims", "What we say of ourselves", "Our claims with source and period.", "pass rate satisfaction"),
    ("public:interest", "Register your interest", "Hear when an intake opens near you.", "notify waiting list"),
    ("public:ask", "Ask a question", "Write to us and get an answer by e-mail.", "enquiry help support"),
    ("public:chat", "Chat", "Talk to us while somebody is on duty.", "live message"),
    ("public:compare", "Compare programmes", "Up to four programme versions side by side.", "difference"),
    ("public:verify", "Verify an award", "Find out whether an award is real, by the code on its certificate.", "check"),
    ("public:contact", "Contact", "How to reach the programme office.", "email mail phone ask support"),
    ("public:accessibility", "Accessibility", "How far everybody can use this site.", "disability WCAG"),
    ("public:privacy", "Privacy", "What is kept about you, and why.", "cookies data protection GDPR"),
    ("public:about_data", "About the data", "Where schools, postcodes and facts come from.", "GIAS licence sources"),
    ("public:glossary", "Words explained", "The words of the field, one sentence each.", "glossary dictionary"),
)  # fmt: skip
CURRENT_FOR = timedelta(minutes=1)


def refresh(*, at: datetime, content: str = "") -> Change | None:
    """Make what can be found anew if it is of other content, or of another day; None if it is current.

    `content` is its token, where the caller has just read it. Two queries, and one for the token. Never inside a
    visitor's look-up: the worker does it within a minute, and `still_public` hides meanwhile what is no longer
    there.
    """
    mark = mark_of(content or content_mark.current(), at)
    if is_made_from(mark):
        return None
    return actions.refresh(things=partial(things, at=at), mark=mark, at=at)


def rebuild(*, at: datetime) -> Change:
    """Make what can be found anew from catalogue, intakes and help; a second time nothing changes."""
    mark = mark_of(content_mark.current(), at)
    return actions.rebuild(things=partial(things, at=at), mark=mark, at=at)


def mark_of(content: str, at: datetime) -> str:
    """What the entries depend on: content, day, help, how this file makes them, and events. One query."""
    days = _public_days(clock.day_of(at)).values_list("pk", "title", "starts_at", "venue", "mode")
    events = hashlib.sha256(repr(list(days)).encode()).hexdigest()[:12]
    return f"{_mark_without_events(content, at)}{events}"


def _mark_without_events(content: str, at: datetime) -> str:
    return f"{content} {clock.day_of(at)} {answers().sha256} {EDITION_OF_THIS_FILE} "


# --- while the entries are being made anew ------------------------------------------------------------
def are_current(*, at: datetime, content: str) -> bool:
    """Whether the entries are those of the content as it is now, events left aside. One query, one for the token."""
    return is_made_from(_mark_without_events(content or content_mark.current(), at), whole=False)


def still_public(found: Iterable[Found]) -> list[Found]:
    """Those of the found that a visitor may still open: their version is public, their statement, intake or event is
    there. Five queries at most, however many were found.
    """
    ones = list(found)
    keys = {version.key for version in readable_versions()}
    keys |= {code.lower() for code in Programme.objects.filter(closed=True).values_list("code", flat=True)}
    there = {
        "intake": set(Intake.objects.filter(pk__in=_numbers(ones, "intake")).values_list("pk", flat=True)),
        "event": set(EventDay.objects.filter(pk__in=_numbers(ones, "event")).values_list("pk", flat=True)),
    }
    codes = [one.key.partition(" ")[2] for one in ones if one.kind == "statement"]
    whole = set(Statement.objects.filter(code__in=codes, complete=True).values_list("code", flat=True))

    def is_there(one: Found) -> bool:
        if one.kind in there:
            return int(one.key.partition(" ")[2]) in there[one.kind]
        return one.kind != "statement" or one.key.partition(" ")[2] in whole

    return [one for one in ones if is_there(one) and _of_a_public_version(one.url, keys)]


def _numbers(found: Iterable[Found], kind: str) -> list[int]:
    return [int(one.key.partition(" ")[2]) for one in found if one.kind == kind]


def _of_a_public_version(url: str, keys: set[str]) -> bool:
    key = resolve(url.partition("#")[0]).kwargs.get("key")
    return key is None or key in keys


@jobs.every(CURRENT_FOR, "search index")
def keep_current(at: datetime) -> str:
    change = refresh(at=at)
    return f"made anew: {change}" if change else "current"


# --- things ------------------------------------------------------------------------------------------
def things(*, at: datetime) -> Iterator[Thing]:
    """Everything that can be found on the day of an instant, what most people look for first: of the revisions of a
    version the one in force, and the intakes of all. Ten queries.
    """
    shelf, on = public_versions(at=at), clock.day_of(at)
    known = shelf.offered
    yield from (_programme(one) for one in known)
    yield from _closed_programmes(known)
    yield from _help()
    presented = list(_frameworks(known))
    for version, framework in presented:
        yield from _areas(version, framework)
    yield from _statements(presented)
    yield from _intakes(shelf.every, on)  # last, as they come and go: nothing else changes its position
    yield from _events(shelf.every, on)


def _address(version: Version) -> str:
    return reverse("public:programme", args=[version.key])


def _programme(version: Version) -> Thing:
    one = version.specification
    said = [
        one.purpose,
        one.audience.text,
        "" if one.engagement is None and one.achievement is None else facts.engagement_text(one),
        "" if one.assessment.name == "Final assessment" else f"Final assessment: {one.assessment.name}.",
        *(f"{model.name}: {model.text}" for model in one.delivery_models),
        f"Content areas: {', '.join(one.content_areas)}." if one.content_areas else "",
    ]
    also = [
        version.name,
        one.programme_name,
        *(part.name for part in one.components),
        *(organisation.name for organisation in one.organisations),
        *(module.title for course in one.courses for module in course.modules),
        *(course.title for course in one.courses),
        *(also_known_by(area) for area in one.content_areas),
    ]
    closed = ", closed to new intakes" if version.state == "closed" else ""
    return Thing(
        key=f"programme {version.key}",
        kind="programme",
        title=f"{version.code} {facts.short_name(one.programme_name)}",
        context=facts.edition_text(one) + closed,
        text=" ".join(filter(None, said)),
        url=_address(version),
        also=" ".join(also),
    )


def _closed_programmes(known: Sequence[Version]) -> Iterator[Thing]:
    """Programmes without a public version of which there is something to say: what took their place."""
    with_page = {version.code for version in known}
    for programme in Programme.objects.filter(closed=True).prefetch_related("replaced_by"):
        if programme.code not in with_page:
            others = ", ".join(facts.short_name(other.name) for other in programme.replaced_by.all())
            yield Thing(
                key=f"programme {programme.code}",
                kind="programme",
                title=f"{programme.code} {facts.short_name(programme.name)}",
                context="Closed to new applications",
                text=f"In its place: {others}." if others else "",
                url=reverse("public:programme", args=[programme.code.lower()]),
                also=programme.name,
            )


def _intakes(known: Sequence[Version], on: date) -> Iterator[Thing]:
    """The intakes of published versions that have not started yet, the next first."""
    published = {version.pk: version for version in known if version.state == "published"}
    for intake in Intake.objects.filter(version__in=published, starts_on__gte=on).order_by("starts_on", "pk"):
        version = published[intake.version_id]
        yield Thing(
            key=f"intake {intake.pk}",
            kind="intake",
            title=f"{intake.name}: {facts.short_name(version.specification.programme_name)}",
            context=version.name,
            text=f"Starts {day_text(intake.starts_on)}. Apply from {day_text(intake.applications_open_on)} to "
            f"{day_text(intake.applications_close_on)}.",
            url=_address(version),
            also="intake start date deadline",
        )


def _public_days(on: date) -> QuerySet[EventDay]:
    """The event days of intakes that have not started yet and whose version is published, in order."""
    open_ones = {"group__intake__starts_on__gte": on, "group__intake__version__state": "published"}
    return EventDay.objects.filter(**open_ones).select_related("group__intake").order_by("starts_at", "pk")


def _events(known: Sequence[Version], on: date) -> Iterator[Thing]:
    """Event days with date and place; never a link to join, a group, or whoever leads or comes."""
    versions = {version.pk: version for version in known}
    for one in _public_days(on):
        version = versions.get(one.group.intake.version_id)
        if version is None:
            continue
        where = f"At {one.venue}." if one.mode == "in_person" else "Online."
        yield Thing(
            key=f"event {one.pk}",
            kind="event",
            title=f"{one.title}: {facts.short_name(version.specification.programme_name)}",
            context=f"{version.name}, {one.group.intake.name}",
            text=f"{day_text(clock.day_of(one.starts_at, one.group.intake.zone))}. {where}",
            url=_address(version),
            also="event day workshop face-to-face venue date",
        )


def _help() -> Iterator[Thing]:
    help_url, glossary_url = reverse("public:help"), reverse("public:glossary")
    for one in answers().questions:
        url = f"{help_url}#{one.key}"
        yield Thing(f"help {one.key}", "help", one.title, url, text=_plain(one.answer), also=one.also)
    for name, title, text, also in PAGES:
        yield Thing(f"page {name}", "help", title, reverse(name), text=text, also=also)
    for term in answers().terms:
        url = f"{glossary_url}#{term.key}"
        yield Thing(f"term {term.key}", "term", term.word, url, text=_plain(term.means), also=term.also)


def _plain(markdown: str) -> str:
    """Our own markdown as plain text: links by their words, no stars."""
    text = " ".join(markdown.split()).replace("*", "")
    while "](" in text:
        before, _, rest = text.partition("](")
        start = before.rindex("[")
        text = before[:start] + before[start + 1 :] + rest.partition(")")[2]
    return text


def _frameworks(known: Iterable[Version]) -> Iterator[tuple[Version, Framework]]:
    """The frameworks that a public version presents, each with the version that comes first."""
    presented: dict[tuple[str, str], Version] = {}
    for version in known:
        presented.setdefault((version.code, version.specification.edition), version)
    complete = Statement.objects.filter(complete=True).order_by("-kind", "number")
    areas = ContentArea.objects.filter(kind__in=("area", "behaviour")).order_by("kind", "number")
    found = Framework.objects.select_related("programme").order_by(
        "programme__position", "edition", "-revision"
    )
    for framework in found.prefetch_related(
        Prefetch("areas", areas), Prefetch("areas__statements", complete, to_attr="complete_statements")
    ):
        edition = (framework.programme.code, framework.edition)
        presenting = presented.pop(edition, None)  # the revision in force of each edition
        if presenting is not None:
            yield presenting, framework


def _place(version: Version, what: str) -> str:
    """Where the framework of a version shows an area, with its statements."""
    return f"{reverse('public:framework', args=[version.key])}#{what}"


def _areas(version: Version, framework: Framework) -> Iterator[Thing]:
    for area in framework.areas.all():
        behaviour = "leadership behaviour" if area.kind == "behaviour" else "content area"
        yield Thing(
            key=f"area {framework.programme.code} {framework.edition} {area.key}",
            kind="area",
            title=area.name,
            context=f"{version.code} {framework.edition}: {behaviour} {area.number}",
            url=_place(version, area.key),
            text=f"A {behaviour} of {facts.short_name(framework.programme.name)}.",
            also=also_known_by(area.name),
        )


def _statements(presented: Iterable[tuple[Version, Framework]]) -> Iterator[Thing]:
    """Each statement once: the same words of the same kind in an area of the same name are one."""
    same: dict[tuple[str, ...], list[tuple[Version, Framework, ContentArea, Statement]]] = {}
    for version, framework in presented:
        for area in framework.areas.all():
            for one in area.complete_statements:  # type: ignore[attr-defined]
                words = " ".join(one.text.casefold().split())
                key = (framework.edition, area.name.casefold(), one.kind, words)
                same.setdefault(key, []).append((version, framework, area, one))
    for copies in same.values():
        version, framework, area, one = copies[0]
        programmes = ", ".join(dict.fromkeys(copy[0].code for copy in copies))
        ours = "" if not one.summary else ", our summary"
        yield Thing(
            key=f"statement {one.code}",
            kind="statement",
            title=f"{area.name}: {one.get_kind_display()}",
            context=f"{programmes} {framework.edition}, {one.code}{ours}",
            url=_place(version, area.key),
            text=one.text,
            also=" ".join([*(copy[3].code for copy in copies), also_known_by(area.name)]),
        )
