"""Lists of programmes for visitors: by family, with the versions of each and their next intakes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.revisions import Revision, in_force
from goldenthread.catalogue.wording import edition_text, fee_text, hours_or_not, length_text, short_name
from goldenthread.common import clock
from goldenthread.intakes import queries as intakes
from goldenthread.web.public.facts import fee_note, in_order
from goldenthread.web.shared.versions import Version, versions


def readable_versions() -> list[Version]:
    """Every version that has a page for visitors at its own address: open ones first, no drafts. One query."""
    return in_order(version for version in versions().values() if version.state != "draft")


@dataclass(frozen=True)
class Known:
    """What visitors may read: `every` version by its own address, and `offered`, the revision in force of each."""

    every: list[Version]
    offered: list[Version]

    def named(self, key: str) -> Version | None:
        """The version with this key, whichever revision it is."""
        return next((one for one in self.every if one.key == key), None)

    def in_force(self, version: Version) -> Version:
        """The revision that counts in the place of this version for whoever would apply now; often itself."""
        return next(one for one in self.offered if one.line == version.line)

    def revisions(self, version: Version) -> list[Version]:
        """Every revision of the edition and market that this version is of, the newest first, itself among them."""
        same = [one for one in self.every if one.line == version.line]
        return sorted(same, key=lambda one: -one.specification.revision)


def public_versions(*, at: datetime) -> Known:
    """What visitors may read, open versions first. One query, and one more while an edition has several revisions."""
    every = readable_versions()
    lines: dict[tuple[str, str, str], list[Version]] = {}
    for version in every:
        lines.setdefault(version.line, []).append(version)
    several = [version.pk for line in lines.values() if len(line) > 1 for version in line]
    opens = intakes.first_days(several, at=at) if several else {}
    counts = {
        in_force([_revision(one, opens) for one in line], on=clock.day_of(at)).id for line in lines.values()
    }
    return Known(every, [version for version in every if version.pk in counts])


def _revision(version: Version, opens: dict[int, date]) -> Revision:
    specification = version.specification
    return Revision(
        id=version.pk,
        number=specification.revision,
        published=version.state == "published",
        begins_on=specification.effective_from.value,
        opens_on=opens.get(version.pk),
    )


def standing_of(version: Version, known: Known) -> dict[str, Any]:
    """How a version stands beside the other revisions of it: which is in force, and which are earlier and later."""
    counts, number = known.in_force(version), version.specification.revision
    others = [one for one in known.revisions(version) if one is not version]
    return {
        "revision": number,
        "in_force": None if counts is version else counts,
        "outdated": counts.specification.revision > number,
        "earlier": [one for one in others if one.specification.revision < number],
        "later": [one for one in others if one.specification.revision > number and one.state == "published"],
    }


@dataclass(frozen=True)
class Line:
    """A programme in a list, with its versions and the next intake of each."""

    programme: Programme
    versions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def first(self) -> str:
        """The key of the version that its name leads to: the first that takes people on, else the first of all."""
        keys = [one["version"].key for one in self.versions if one["version"].state == "published"]
        return next(iter([*keys, *(one["version"].key for one in self.versions)]), "")

    @property
    def name(self) -> str:
        return short_name(self.programme.name)


def families(
    programmes: Iterable[Programme], versions: Sequence[Version], intakes: dict[int, Any], on: date
) -> list[dict[str, Any]]:
    """Programmes by family with their versions; drafts are left out (S0-03)."""
    found: dict[str, list[Line]] = {}
    for programme in programmes:
        lines = [
            {
                "version": version,
                "specification": version.specification,
                "edition": edition_text(version.specification),
                "hours": hours_or_not(version.specification.minutes_declared),
                "length": length_text(version.specification),
                "fee": fee_text(version.specification, on),
                "fee_note": fee_note(version.specification, on),
                "intake": intakes.get(version.pk),
            }
            for version in in_order(versions)
            if version.code == programme.code
        ]
        found.setdefault(programme.family, []).append(Line(programme, lines))
    return [{"name": f"{family.capitalize()} programmes", "lines": lines} for family, lines in found.items()]
