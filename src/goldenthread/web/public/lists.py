"""Lists of programmes for visitors: by family, with the versions of each and their next intakes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.wording import edition_text, fee_text, hours_or_not, length_text, short_name
from goldenthread.web.public.facts import fee_note, in_order
from goldenthread.web.shared.versions import Version, versions


def public_versions() -> list[Version]:
    """Every version that visitors may read: open ones first, no drafts. One query."""
    return in_order(version for version in versions().values() if version.state != "draft")


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
