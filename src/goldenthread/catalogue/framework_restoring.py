"""Puts the words of an earlier revision of a framework back in force: they become a further revision."""

from datetime import datetime
from typing import Any

from goldenthread.catalogue.framework_carrying import carry_back, carry_over
from goldenthread.catalogue.framework_files import KINDS
from goldenthread.catalogue.framework_import import areas_of_programme, stem_of
from goldenthread.catalogue.framework_text import area_words
from goldenthread.catalogue.models import ContentArea, Framework, Statement
from goldenthread.common import audit
from goldenthread.common.refused import Refused

_WORDS = ("kind", "number", "text", "complete", "summary", "bullets")


def why_not_back(earlier: Framework, in_force: Framework) -> str:
    """Why the words of an earlier revision can't come back into force; "" where they can. Three queries at most."""
    if earlier.pk == in_force.pk:
        return f"Revision {earlier.revision} is in force."
    words = _words_of(earlier)
    if not words:
        return (
            f"Revision {earlier.revision} holds no statements, so nothing would be there to read or to cite."
        )
    if words == _words_of(in_force):
        return f"Revision {in_force.revision}, which is in force, says the same word for word."
    areas = {area_words(name) for name in areas_of_programme(earlier.programme.code, earlier.edition)}
    held = dict.fromkeys(name for kind, _, name, *_ in words if kind == "area")
    strange = [name for name in held if area_words(name) not in areas] if areas else []
    if strange:
        has = "is no area" if len(strange) == 1 else "are no areas"
        names, code = "; ".join(strange), earlier.programme.code
        return f"{names} {has} of {code} any more. Take in a text that has the areas of today."
    return ""


def check_back(earlier: Framework, in_force: Framework) -> None:
    """Refuses an earlier revision whose words can't come back, with the reason."""
    reason = why_not_back(earlier, in_force)
    if reason:
        raise Refused(f"This can't be put back. {reason}", code="framework.back")


def _words_of(framework: Framework) -> list[tuple[Any, ...]]:
    rows = Statement.objects.filter(area__framework=framework).select_related("area")
    return [
        (one.area.kind, one.area.key, one.area.name, one.kind, one.number, " ".join(one.text.split()), one.complete,
         [bullet["text"] for bullet in one.bullets])
        for one in rows.order_by("area__kind", "area__number", "kind", "number")
    ]  # fmt: skip


def put_back(*, earlier: Framework, in_force: Framework, by: Any, at: datetime) -> Framework:
    """Make a further revision of the earlier one's words, inside the caller's transaction, and give it.

    It has the place of the official text, file and digest of the earlier one. What hangs on statements of the one in
    force goes with those whose words are the same, then what hung on the earlier one. Refuses as `why_not_back` says.
    """
    check_back(earlier, in_force)
    known = earlier if earlier.source_url and not earlier.link_fault else in_force
    made = Framework.objects.create(
        programme=earlier.programme,
        edition=earlier.edition,
        revision=in_force.revision + 1,
        title=earlier.title,
        official=earlier.official,
        source_url=known.source_url,
        source_date=known.source_date,
        licence=known.licence,
        digest=earlier.digest,
        file=earlier.file,
        imported_at=at,
        imported_by=by,
    )
    statements = [one for area in earlier.areas.order_by("pk") for one in _copied(area, made)]
    Statement.objects.bulk_create(statements)
    behind = carry_over(in_force, made)
    carry_back(earlier, made, unless=in_force)
    story = f"The words of revision {earlier.revision}, put back in the place of revision {in_force.revision}"
    made.notes = [story, *earlier.notes, *behind]
    made.save(update_fields=["notes"])
    audit.record(
        "framework.put_back",
        made,
        by=by,
        at=at,
        programme=made.programme.code,
        edition=made.edition,
        revision=made.revision,
        earlier=earlier.revision,
        instead_of=in_force.revision,
        statements=len(statements),
    )
    return made


def _copied(area: ContentArea, made: Framework) -> list[Statement]:
    """The statements of an area under the codes of the new revision; the area's own row is made here."""
    row = ContentArea.objects.create(
        framework=made, kind=area.kind, number=area.number, key=area.key, code=area.code, name=area.name,
        occurrences=area.occurrences,
    )  # fmt: skip
    stem = stem_of(made, area.code)
    return [
        Statement(
            area=row,
            code=f"{stem}-{KINDS[one.kind]}{one.number}",
            **{key: getattr(one, key) for key in _WORDS},
        )
        for one in area.statements.order_by("pk")
    ]
