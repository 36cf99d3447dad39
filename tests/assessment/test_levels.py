"""Mark points that are given by a level for the whole response: without gaps and overlaps, sealed, shown to markers."""

from typing import Any

import pytest

from goldenthread.assessment import queries
from goldenthread.assessment.actions import PointInput, set_scheme
from goldenthread.assessment.models import CaseStudy, MarkScheme
from goldenthread.assessment.rules import check_levels, level_of, read_levels
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as make

GOOD = "0-2 Emerging: names the problem\n3–5 Secure: gives a reason: from the case\n\n6 Strong: and a measure"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", None),
        (" \n ", None),
        (GOOD, None),
        ("6 Strong: best\n0-5 Weak: rest", None),  # in any order
        ("0-2 Low: a\n4-6 High: b", "levels.gap"),
        ("1-3 Low: a\n4-6 High: b", "levels.gap"),
        ("0-3 Low: a\n3-6 High: b", "levels.overlap"),
        ("0-6 Low: a\n2 High: b", "levels.overlap"),
        ("0-2 Low: a\n3-5 High: b", "levels.end"),
        ("0-2 Low: a\n3-7 High: b", "levels.end"),
        ("2-0 Low: a\n3-6 High: b", "levels.reversed"),
        ("0-2 Low: a\n3-6 low: b", "levels.name"),
        ("0-6 All: a", "levels.number"),
        ("0-2 Low\n3-6 High: b", "levels.line"),
        ("0-2 Low: \n3-6 High: b", "levels.line"),
        ("none", "levels.line"),
        ("-1-2 Low: a\n3-6 High: b", "levels.line"),
    ],
)
def test_levels_give_each_mark_exactly_once(text: str, code: str | None) -> None:
    if code is None:
        check_levels(4, text, 6)
        return
    with pytest.raises(Refused) as caught:
        check_levels(4, text, 6)
    assert caught.value.code == code
    assert "mark point 4" in caught.value.message


def test_a_mark_lies_on_one_level() -> None:
    levels = read_levels(GOOD)
    assert [(one.name, one.marks, one.says) for one in levels][1:] == [
        ("Secure", "3 to 5", "gives a reason: from the case"),
        ("Strong", "6", "and a measure"),
    ]
    assert [getattr(level_of(levels, mark), "name", None) for mark in (0, 2, 3, 6, 7)] == [
        "Emerging", "Emerging", "Secure", "Strong", None,
    ]  # fmt: skip
    assert level_of((), 3) is None


# --- a case study --------------------------------------------------------------------------------------------
def save(case: CaseStudy, levels: str, revision: int | None = None) -> MarkScheme:
    first, *others = make.points()
    rows = [PointInput(first.statement, first.text, 6, levels), *others]
    return set_scheme(
        case_study=case,
        points=rows,
        pass_mark=10,
        tolerance=2,
        by=make.author(),
        at=factories.AT,
        revision=revision,
    )


def kept(case: CaseStudy) -> Any:
    scheme = queries.scheme_of(case)
    assert scheme is not None
    return list(scheme.points.all())


@pytest.fixture
def case(db: None) -> CaseStudy:
    return make.case_study(published=False)


def test_levels_are_sealed_with_the_scheme_and_open_with_it(case: CaseStudy) -> None:
    made = save(case, GOOD.replace("\n", "\r\n"))
    assert "Emerging" not in made.sealed
    assert not AuditEvent.objects.filter(details__icontains="Emerging").exists()
    first, second, *_ = kept(case)
    assert first.text == make.points()[0].text
    assert [level.name for level in first.levels] == ["Emerging", "Secure", "Strong"]
    assert second.levels == ()


def test_bad_levels_are_refused_and_change_nothing(case: CaseStudy) -> None:
    before = save(case, GOOD).revision
    with pytest.raises(Refused) as caught:
        save(case, "0-2 Low: a\n4-6 High: b")
    assert caught.value.code == "levels.gap"
    assert MarkScheme.objects.get(case_study=case).revision == before


def test_changed_levels_are_a_change_and_the_same_ones_are_none(case: CaseStudy) -> None:
    first = save(case, GOOD)
    assert save(case, GOOD).revision == first.revision
    changed = save(case, GOOD.replace("Secure", "Sound"))
    assert changed.revision == first.revision + 1
    with pytest.raises(Refused) as caught:
        save(case, GOOD.replace("Secure", "Fair"), revision=first.revision)
    assert caught.value.code == "case.stale"
    assert kept(case)[0].levels[1].name == "Sound"
    save(case, "")
    assert kept(case)[0].levels == ()
