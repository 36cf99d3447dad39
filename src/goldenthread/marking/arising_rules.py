"""What becomes of marks whose marker came to have a conflict with the author after the script was given. No Django."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from goldenthread.catalogue.wording import listed


class Cause(StrEnum):
    """Why somebody may not judge a script."""

    OWN = "own"
    TEACHES = "teaches"
    COACHES = "coaches"
    MENTORS = "mentors"
    SUPPORTS = "supports"
    READ = "read"
    SCHOOL = "school"
    TRUST = "trust"
    PLACEMENT = "placement"
    PROJECT = "project"
    CONTACT = "contact"
    PARTNER = "partner"
    PROGRAMME = "programme"
    DECLARED = "declared"
    NAMED = "named"
    ASIDE = "aside"


TEXTS = {
    Cause.OWN: "wrote it",
    Cause.TEACHES: "teaches the author's group",
    Cause.COACHES: "coaches the author",
    Cause.MENTORS: "mentors the author",
    Cause.SUPPORTS: "supports the author after a result",
    Cause.READ: "read the author's earlier work",
    Cause.SCHOOL: "has a role at the author's school",
    Cause.TRUST: "has a role at the trust of the author's school",
    Cause.PLACEMENT: "has a role at a school at which the author is or was placed, or at its trust",
    Cause.PROJECT: "was named as host, sponsor or board of a project of the author's",
    Cause.CONTACT: "is whom the author talked with in school before they applied",
    Cause.PARTNER: "has a role at the author's partner",
    Cause.PROGRAMME: "takes the same programme",
    Cause.DECLARED: "declared a conflict with the author",
    Cause.NAMED: "named the author, or the school, beforehand",
    Cause.ASIDE: "had marks of the author's set aside",
}

# What the office reads before the release: whom exactly somebody coaches or mentors would lead from a code to a name.
_MET = "works or worked with the author"
_PLACE = "has a role where the author works or takes part"
_SAID = "said so"
COARSE = TEXTS | {
    **dict.fromkeys(
        (
            Cause.TEACHES,
            Cause.COACHES,
            Cause.MENTORS,
            Cause.SUPPORTS,
            Cause.READ,
            Cause.PROJECT,
            Cause.CONTACT,
            Cause.OWN,
        ),
        _MET,
    ),
    **dict.fromkeys((Cause.SCHOOL, Cause.TRUST, Cause.PLACEMENT, Cause.PARTNER), _PLACE),
    **dict.fromkeys((Cause.DECLARED, Cause.NAMED), _SAID),
}

# Causes and the earliest day on which each can have arisen; None where that can't be told.
Causes = Mapping[Cause, date | None]


def text(causes: Iterable[str], *, released: bool) -> str:
    """Causes in words, in the order above: "coaches the author and takes the same programme"; before the release of
    the results only as far as they don't tell who that is.
    """
    given, words = set(causes), TEXTS if released else COARSE
    return listed(list(dict.fromkeys(words[one] for one in Cause if one in given)))


def arose_after(causes: Causes, submitted_on: date) -> bool:
    """Whether marks were submitted before any of this can have stood in the way: then they count (our own rule).

    A cause that has no day, as a declaration, may have been there all along; so may one that arose on the same day.
    """
    return bool(causes) and all(since is not None and since > submitted_on for since in causes.values())
