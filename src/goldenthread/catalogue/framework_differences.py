"""What differs between two texts of a framework: two revisions, or the one in force and a file that is proposed."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldenthread.catalogue.framework_files import area_key
from goldenthread.catalogue.framework_import import Reading
from goldenthread.catalogue.framework_rules import Change, difference, marked
from goldenthread.catalogue.framework_text import area_words
from goldenthread.catalogue.models import Framework, Statement


@dataclass(frozen=True)
class Held:
    """The words of a framework by area key, kind and number, and the names of its areas by their keys."""

    texts: dict[tuple[str, str, int], str]
    names: dict[str, str]


@dataclass(frozen=True)
class Changed:
    """A change with its words marked as the same, gone or new."""

    change: Change
    words: list[tuple[str, str]]


def held_by(framework: Framework) -> Held:
    """The words of a revision, tables of other frameworks left out. One query."""
    rows = (
        Statement.objects.filter(area__framework=framework).exclude(area__kind="other").select_related("area")
    )
    rows = rows.order_by("area__kind", "area__number", "-kind", "number")
    texts = {
        (one.area.key, one.kind, one.number): _with_bullets(
            one.text, [bullet["text"] for bullet in one.bullets]
        )
        for one in rows
    }
    return Held(texts, {one.area.key: one.area.name for one in rows})


def held_in(reading: Reading) -> Held:
    """The words of a file that was read, under the areas that it would stand in."""
    names = {area_words(name): name for name in reading.areas}
    found = Held({}, {})
    for area in reading.text.own:
        name = names.get(area_words(area.name), area.name)
        key = area_key(name)[:60]
        found.names[key] = name
        for one in area.learn_that:
            found.texts[key, "learn_that", one.number] = one.text
        for number, group in enumerate(area.learn_how_to, start=1):
            bullets = [bullet.text for bullet in group.bullets]
            found.texts[key, "learn_how_to", number] = _with_bullets(group.heading, bullets)
    return found


def _with_bullets(text: str, bullets: Sequence[str]) -> str:
    return text + "".join(f" ● {bullet}" for bullet in bullets)


def changes(before: Held, after: Held) -> list[Changed]:
    """What was added, removed and changed, in the order of the later one."""
    found = difference(before.texts, after.texts, {**before.names, **after.names})
    return [Changed(one, marked(one.before, one.after)) for one in found]
