"""The papers of an award as they are sent, badge, transcript, statement: as downloads, kept by nobody between."""

from typing import Any

from django.http import HttpResponse

from goldenthread.awards import certificate, credential, pictures

KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "json": "application/json; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
}


def download(content: bytes | str, name: str) -> HttpResponse:
    """A file of this name, whose ending says its kind."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=KINDS[name.rpartition(".")[2]], headers=headers)


def badge_file(document: dict[str, Any], award: Any, kind: str, *, specimen: bool) -> HttpResponse:
    """A signed badge as "json", or as a picture with the badge in it: "png" or "svg"."""
    if kind == "json":
        return download(credential.as_text(document), f"badge-{award.programme_code}.json")
    draw = pictures.baked_png if kind == "png" else pictures.baked_svg
    picture = draw(
        document,
        code=award.programme_code,
        title=award.programme_name,
        awarded=certificate.long_day(award.awarded_on),
        specimen=specimen,
    )
    return download(picture, f"badge-{award.programme_code}.{kind}")
