"""Made-up sources behind the demonstration's frameworks, each attached to the areas that it supports.

None of them exists, and each title says so: a demonstration cites no real work that nobody has looked up.
"""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from goldenthread.catalogue.framework_editing import add_evidence, attach_evidence
from goldenthread.people.models import User

MADE_UP = " (made up for the demonstration)"
SOURCES = (
    ("Example, A.", 2011, "Questions in lessons: a review", "review", "uk", ("assessment",)),
    ("Example, B.", 2012, "What pupils remember: a review", "review", "us", ("how-pupils-learn",)),
    ("Example, C.", 2013, "Words that help: a review of feedback", "review", "other", ("assessment",)),
    ("Example, D.", 2014, "Coaching, counted", "meta_analysis", "us", ("professional-development",)),
    ("Example, E.", 2015, "Lessons that work", "synthesis", "us", ("classroom-practice", "teaching")),
    ("Example, F.", 2016, "Plans that last: a guide", "guidance", "uk", ("implementation",)),
    ("Example, G.", 2017, "Teachers who learn", "meta_analysis", "uk", ("professional-development",)),
)


def enter_sources(*, by: User, at: datetime) -> None:
    """Enter every source once, however often the demonstration is filled."""
    for author, year, name, kind, country, areas in SOURCES:
        title = name + MADE_UP
        said = {"author": author, "year": year, "title": title, "kind": kind, "country": country}
        source = add_evidence(said=said, form_key=uuid5(NAMESPACE_URL, title), by=by, at=at)
        for area in areas:
            attach_evidence(evidence=source, area_key=area, by=by, at=at)
