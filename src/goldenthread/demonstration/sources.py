"""Published sources behind the demonstration's frameworks, each attached to the areas that it supports."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from goldenthread.catalogue.framework_editing import add_evidence, attach_evidence
from goldenthread.people.models import User

SOURCES = (
    (
        "Black, P. and Wiliam, D.",
        1998,
        "Inside the Black Box: Raising Standards Through Classroom Assessment",
        "review",
        "uk",
        ("assessment",),
    ),
    (
        "Dunlosky, J. and others",
        2013,
        "Improving Students’ Learning With Effective Learning Techniques",
        "review",
        "us",
        ("how-pupils-learn",),
    ),
    ("Hattie, J. and Timperley, H.", 2007, "The Power of Feedback", "review", "other", ("assessment",)),
    (
        "Kraft, M., Blazar, D. and Hogan, D.",
        2018,
        "The Effect of Teacher Coaching on Instruction and Achievement: A Meta-Analysis of the Causal Evidence",
        "meta_analysis",
        "us",
        ("professional-development",),
    ),
    (
        "Rosenshine, B.",
        2012,
        "Principles of Instruction",
        "synthesis",
        "us",
        ("classroom-practice", "teaching"),
    ),
    (
        "Sharples, J., Albers, B. and Fraser, S.",
        2018,
        "Putting Evidence to Work: A School’s Guide to Implementation",
        "guidance",
        "uk",
        ("implementation",),
    ),
    (
        "Sims, S. and others",
        2021,
        "What are the Characteristics of Effective Teacher Professional Development?",
        "meta_analysis",
        "uk",
        ("professional-development",),
    ),
)


def enter_sources(*, by: User, at: datetime) -> None:
    """Enter every source once, however often the demonstration is filled."""
    for author, year, title, kind, country, areas in SOURCES:
        said = {"author": author, "year": year, "title": title, "kind": kind, "country": country}
        source = add_evidence(said=said, form_key=uuid5(NAMESPACE_URL, title), by=by, at=at)
        for area in areas:
            attach_evidence(evidence=source, area_key=area, by=by, at=at)
