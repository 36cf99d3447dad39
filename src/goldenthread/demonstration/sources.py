"""Made-up sources behind the demonstration's frameworks, each attached to the areas that it supports, and a framework's
text that waits for a second person: the example of the import page.

None of them exists, and each title says so: a demonstration cites no real work that nobody has looked up.
"""

from datetime import datetime
from io import BytesIO
from uuid import NAMESPACE_URL, uuid5

from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue.framework_editing import add_evidence, attach_evidence
from goldenthread.catalogue.framework_example import example
from goldenthread.catalogue.framework_import import read_framework
from goldenthread.catalogue.framework_source import KIND, MOST_DOCX
from goldenthread.catalogue.models import FrameworkProposal
from goldenthread.common import files
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


def propose_example(*, by: User, at: datetime) -> None:
    """Propose the example of a framework's text once, however often the demonstration is filled."""
    name, file = "framework-example.txt", BytesIO(example("txt"))
    reading = read_framework(file, name=name)
    if FrameworkProposal.objects.filter(digest=reading.digest).exists():
        return
    stored = files.store(file, kind=KIND, at=at, size_limit=MOST_DOCX)
    said = {"source_url": "", "source_date": None, "licence": "Invented for the demonstration"}
    proposing.propose(reading=reading, version="", name=name, file=stored, said=said, by=by, at=at)
