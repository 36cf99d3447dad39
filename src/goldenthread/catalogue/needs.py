"""The four areas of special educational need, by which tasks and case studies are tagged (S2-33). Pure.

The list is closed: the statutory guidance for schools and the frameworks name these four and no other.
"""

from collections.abc import Iterable

from goldenthread.common.refused import Refused

AREAS_OF_NEED = {
    "communication": "communication and interaction",
    "cognition": "cognition and learning",
    "wellbeing": "social, emotional and mental health",
    "physical": "physical and/or sensory",
}


def tags(chosen: Iterable[str]) -> str:
    """Chosen areas as they are stored: their keys in the order of the list, each once, parted by spaces.

    Refuses what is no area of need.
    """
    keys = set(chosen)
    if not keys <= set(AREAS_OF_NEED):
        raise Refused("Choose from the four areas of need.", code="need.unknown", field="needs")
    return " ".join(key for key in AREAS_OF_NEED if key in keys)


def names(stored: str) -> tuple[str, ...]:
    """The names of stored tags, in the order of the list."""
    return tuple(AREAS_OF_NEED[key] for key in stored.split() if key in AREAS_OF_NEED)
