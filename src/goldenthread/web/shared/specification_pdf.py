"""The specification of a version as a PDF for everybody (PDF/UA-1), section by section as the published ones are.

What is printed goes in as data, never as markup. A section that the sources leave blank is left out for visitors; an
editor's copy names it with its source. The same version gives the same bytes, so they are kept under its hash.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from email.utils import parseaddr
from pathlib import Path

import typst
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse

from goldenthread.catalogue.wording import edition_text, short_name
from goldenthread.web.shared import specification_sections
from goldenthread.web.shared.public_pages import PRIVATE, PUBLIC
from goldenthread.web.shared.versions import Version

TEMPLATE = Path(__file__).with_name("specification.typ")
KEPT_SECONDS = 30 * 24 * 3600


def response(
    request: HttpRequest,
    version: Version,
    *,
    on: date,
    newer: Version | None = None,
    for_editors: bool = False,
) -> HttpResponse:
    """The PDF as an answer, "not modified" for who has it already; it says where a `newer` revision is in force."""
    text = _data(version, on=on, newer=newer, for_editors=for_editors)
    digest = hashlib.sha256(text.encode() + TEMPLATE.read_bytes()).hexdigest()
    etag = f'"{digest[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(_made(text, digest), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{version.key}-specification.pdf"'
    answer["ETag"] = etag
    # As any public page: a version may become a draft, or a conflict be decided, at any time.
    answer["Cache-Control"] = PRIVATE if for_editors else PUBLIC
    return answer


def _newer_text(newer: Version) -> str:
    address = settings.BASE_URL + reverse("public:programme", args=[newer.key])
    return f"A newer text is in force: {newer.name}, {address}. This one is for those who are enrolled on it."


def _made(text: str, digest: str) -> bytes:
    key = f"specification-pdf:{digest}"
    pdf: bytes | None = cache.get(key)
    if pdf is None:
        pdf = make(text)
        cache.set(key, pdf, KEPT_SECONDS)
    return pdf


def make(text: str) -> bytes:
    """Set the document from its data as JSON."""
    pdf: bytes = typst.compile(
        str(TEMPLATE),
        sys_inputs={"data": text},
        pdf_standards="ua-1",
        timestamp=int(datetime(2021, 9, 1, tzinfo=UTC).timestamp()),
    )
    return pdf


def _data(version: Version, *, on: date, newer: Version | None = None, for_editors: bool = False) -> str:
    specification = version.specification
    office = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    sections = specification_sections.sections(
        specification, on=on, office=office, address=settings.BASE_URL, for_editors=for_editors
    )
    return json.dumps(
        {
            "title": short_name(specification.programme_name),
            "long_title": specification.programme_name,
            "code": specification.programme,
            "edition": edition_text(specification),
            "provider": settings.PROVIDER_NAME,
            "key": version.key,
            "digest": version.sha256[:12],
            "editors": for_editors,
            "revision": specification.revision,
            "newer": _newer_text(newer) if newer else "",
            "sections": [section.plain() for section in sections],
        },
        ensure_ascii=False,
        sort_keys=True,
    )
