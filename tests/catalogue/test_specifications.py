"""The shipped specifications hold the facts of their sources."""

import re
from collections.abc import Callable
from fractions import Fraction

import pytest

from goldenthread.catalogue.checking import all_sourced
from goldenthread.catalogue.content_rules import next_steps, same_title
from goldenthread.catalogue.programmes import HERE
from goldenthread.catalogue.reading import Catalogue
from goldenthread.catalogue.resolving import cited_sources
from goldenthread.catalogue.sourced import State
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import Kind, Lane

Find = Callable[[str], Specification]
LEADERSHIP = ["npqsl", "npqh", "npqel"]
NPQSL, NPQH, ENGLAND = "npqsl-legacy-international", "npqh-legacy-england", "npqlt-reformed-england"


def test_nine_versions_are_shipped(shipped: Catalogue) -> None:
    assert [version.specification.id for version in shipped.versions] == [
        ENGLAND,
        "npqlt-reformed-international",
        "npqltd-reformed-international",
        "npqlbc-reformed-international",
        "npqsl-reformed-international",
        NPQSL,
        "npqh-reformed-international",
        NPQH,
        "npqel-reformed-international",
    ]
    assert [(HERE / "specifications" / version.file).exists() for version in shipped.versions] == [True] * 9


def test_every_figure_is_whole_and_has_a_source_or_is_unknown(shipped: Catalogue) -> None:
    for version in shipped.versions:
        for sourced in all_sourced(version.specification):
            for value in sourced.values:
                assert (value.value is None) == (value.state is State.UNKNOWN), sourced.key
                assert value.source or value.state is State.UNKNOWN, sourced.key
                assert isinstance(value.value, int | type(None)) or sourced.unit in {"day", "months"}


def test_every_source_names_a_described_document(shipped: Catalogue) -> None:
    for version in shipped.versions:
        known = dict(version.specification.documents)
        assert {source.partition(":")[0] for source in cited_sources(version.document)} <= known.keys()


@pytest.mark.parametrize("key", ["npqlt", "npqltd", "npqlbc", *LEADERSHIP])
def test_three_stages_in_order(spec: Find, key: str) -> None:
    assert [stage.key for stage in spec(key).stages] == ["induction", "development", "assessment"]


def test_coaching_hours_and_names(spec: Find) -> None:
    specialist, leadership = spec("npqlbc").component("coaching"), spec("npqel").component("coaching")
    assert (specialist.minutes, specialist.name) == (300, "In-school performance coaching")
    assert (leadership.minutes, leadership.name) == (360, "Leadership performance coaching")
    assert spec(NPQH).component("coaching").minutes == 180
    assert spec(NPQH).component("coaching").one_to_one


def test_online_study_hours(spec: Find) -> None:
    assert [spec(key).component("study").minutes for key in ("npqlt", "npqh")] == [32 * 60, 38 * 60]


def test_formative_task_hours(spec: Find) -> None:
    hours = [spec(key).component("tasks").minutes for key in ("npqlt", *LEADERSHIP)]
    assert hours == [18 * 60, 20 * 60, 28 * 60, 34 * 60]


def test_brands_belong_to_the_version(spec: Find) -> None:
    assert [body.name for body in spec("npqh").organisations] == [
        "Best Practice Network",
        "Outstanding Leaders Partnership",
    ]
    assert "Outstanding Leaders Partnership" not in [body.name for body in spec(NPQSL).organisations]


@pytest.mark.requirement("S3-02")
def test_roles_of_organisations(spec: Find) -> None:
    assert [body.short_name for body in spec(NPQSL).organisations_as("accrediting")] == ["DfE"]
    assert [body.short_name for body in spec(NPQSL).organisations_as("lead")] == ["BPN"]
    assert [(body.short_name, body.role) for body in spec(NPQH).organisations] == [
        ("OLP", "delivering"),
        ("BPN", "managing"),
        ("DfE", "accrediting"),
    ]


@pytest.mark.parametrize("key", ["npqlt", "npqltd", "npqlbc"])
def test_engagement_of_specialists_is_for_the_pass(spec: Find, key: str) -> None:
    policy = spec(key).engagement
    assert policy is not None
    assert policy.threshold == Fraction(9, 10)
    assert (policy.required_to_pass, policy.required_to_enter) == (True, False)


@pytest.mark.parametrize("key", LEADERSHIP)
def test_engagement_of_leadership_opens_the_window(spec: Find, key: str) -> None:
    policy = spec(key).engagement
    assert policy is not None
    assert policy.threshold == Fraction(9, 10)
    assert (policy.required_to_pass, policy.required_to_enter) == (False, True)


def test_legacy_versions_have_no_engagement_threshold(spec: Find) -> None:
    assert spec(NPQSL).engagement is None
    achievement, attend = spec(NPQSL).achievement, spec(NPQH).achievement
    assert achievement is not None
    assert attend is not None
    assert (achievement.courses, achievement.core_tasks, achievement.events) == (3, True, "engage")
    assert (attend.events, attend.catch_up_counts) == ("attend", True)
    assert achievement.pass_within_months.value == attend.pass_within_months.value == 18


def test_reformed_assessment(spec: Find) -> None:
    specialist, leadership = spec("npqltd").assessment, spec("npqh").assessment
    assert specialist.window_days.value == leadership.window_days.value == 8
    assert specialist.window_months.value == (12, 15)
    assert leadership.window_months.value == (18, 21)
    assert specialist.parts == ()
    assert [part.key for part in leadership.parts] == ["problem", "solution", "rationale", "implementation"]
    assert specialist.statement_kinds == leadership.statement_kinds == ("learn_that", "learn_how_to")
    assert specialist.pass_mark.unknown
    assert leadership.total_marks.unknown
    assert specialist.unseen
    assert specialist.framework_only


def test_projects_are_legacy_only(spec: Find) -> None:
    assert spec("npqsl").assessment.kind == "case_study"
    assert spec("npqsl").assessment.tasks == ()
    assert spec("npqsl").components_of(Kind.FORMATIVE_TASK, Kind.CASE_STUDY)
    assert spec(NPQSL).assessment.kind == "projects"


def test_legacy_tasks(spec: Find) -> None:
    (project,) = spec(NPQSL).assessment.tasks
    assert (project.max_words.values.value, project.min_terms, len(project.aims)) == (5000, 2, 2)
    assert [part.key for part in project.parts] == ["design", "implementation", "evaluation"]
    one, two = spec(NPQH).assessment.tasks
    assert (one.board, one.board_before_implementation, one.min_terms) == ("home", True, 2)
    assert (two.board, two.board_before_implementation) == ("placement", False)
    assert two.placement_working_days == 9
    assert two.contrast_examples == ("performance", "pupil profile", "geography")
    assert spec(NPQH).moderation.national
    assert spec(NPQSL).moderation.national


def test_marking_is_blind_and_double_everywhere(shipped: Catalogue) -> None:
    for version in shipped.versions:
        marking = version.specification.marking
        assert (marking.markers, marking.blind, marking.third_mark_decides) == (2, True, True)
        assert version.specification.moderation.required


def test_five_candidate_benefits_of_legacy_npqsl(spec: Find) -> None:
    assert len(spec(NPQSL).benefits.candidate) == 5


def test_four_school_benefits_of_legacy_npqsl(spec: Find) -> None:
    assert len(spec(NPQSL).benefits.school) == 4


def test_four_candidate_benefits_of_legacy_npqh(spec: Find) -> None:
    assert len(spec(NPQH).benefits.candidate) == 4


@pytest.mark.requirement("S3-08")
def test_two_school_benefits_are_shared(spec: Find) -> None:
    npqsl, npqh = set(spec(NPQSL).benefits.school), set(spec(NPQH).benefits.school)
    assert (len(npqsl & npqh), len(npqsl - npqh), len(npqh - npqsl)) == (2, 2, 2)


def test_england_benefits_and_highlights(spec: Find) -> None:
    assert len(spec(ENGLAND).benefits.candidate) == 6
    areas = [highlight.area for highlight in spec(ENGLAND).highlights]
    assert areas == ["School Culture", "Classroom Practice", "Assessment", "Assessment"]


@pytest.mark.requirement("S1-18", "S1-19", "S1-20")
def test_agendas_of_legacy_npqsl(spec: Find) -> None:
    events = spec(NPQSL).events
    assert [(event.title, len(event.agenda)) for event in events] == [
        ("Strategy & Improvement", 5),
        ("Teaching & Curriculum Excellence", 5),
        ("Managing Resources & Risk", 5),
    ]
    assert "360° diagnostic" in events[0].agenda[0]
    assert events[1].agenda[-1].startswith("Reflecting")
    assert "value for money" in events[2].agenda[-1]
    assert "business case" in events[2].agenda[-1]


@pytest.mark.requirement("S3-18", "S3-19", "S3-20")
def test_agendas_of_legacy_npqh(spec: Find) -> None:
    events = spec(NPQH).events
    assert [(event.title, event.kind, len(event.agenda)) for event in events] == [
        ("Induction", "induction", 5),
        ("Strategy & Improvement", "training", 0),
        ("Teaching & Curriculum Excellence", "training", 0),
        ("Managing Resources & Risk", "training", 0),
        ("Readiness", "readiness", 5),
    ]
    last = "Avenues of support for your leadership learning and development journey"
    assert events[0].agenda[-1] == last
    assert events[2].note == "agenda not in source (003:62)"


@pytest.mark.requirement("S1-23")
def test_twelve_modules_in_order(spec: Find) -> None:
    courses = spec(NPQSL).courses
    assert [len(course.modules) for course in courses] == [4, 4, 4]
    assert courses[2].modules[2].title == "Staffing recruitment, retention and performance"
    assert courses[2].modules[1].conflict == "C-20"


@pytest.mark.requirement("S3-11", "S3-21")
def test_module_titles_are_equal_but_for_the_ampersand(spec: Find) -> None:
    titles = [[m.title for c in spec(key).courses for m in c.modules] for key in (NPQSL, NPQH)]
    assert len(titles[1]) == 12
    assert sum(same_title(one, other) for one, other in zip(*titles, strict=True)) == 12
    assert sum(one == other for one, other in zip(*titles, strict=True)) == 11
    assert not same_title("Sand and gravel", "Sgravel")


def test_events_and_courses_share_their_themes(spec: Find) -> None:
    titles = {course.number: course.title for course in spec(NPQSL).courses}
    assert [titles[event.course or 0] for event in spec(NPQSL).events] == [
        e.title for e in spec(NPQSL).events
    ]
    assert [event.course for event in spec(NPQH).events] == [None, 1, 2, 3, None]


@pytest.mark.requirement("S1-36")
def test_what_is_next_after_legacy_npqsl_depends_on_the_years(spec: Find) -> None:
    def names(years: int | None) -> list[str]:
        return [step.to for step in next_steps(spec(NPQSL), years=years)]

    assert names(2) == names(3) == names(0) == ["MA", "NPQH"]
    assert names(5) == names(4) == names(None) == ["MA"]
    assert spec(NPQSL).roles_after == ("senior leadership", "system leadership")


@pytest.mark.requirement("S3-32")
def test_what_is_next_after_legacy_npqh(spec: Find) -> None:
    assert [step.to for step in next_steps(spec(NPQH))] == ["MA", "NPQEL"]
    assert len(spec(NPQH).roles_after) == 3


def test_masters_belong_to_the_legacy_versions(spec: Find) -> None:
    for key in (NPQSL, NPQH):
        masters = spec(key).masters
        assert masters is not None
        assert (masters.university, masters.level, masters.credits.value) == ("Chester University", 7, None)
    assert all(spec(key).masters is None for key in ("npqlt", *LEADERSHIP))


def test_intakes_are_named_as_their_document_does(spec: Find) -> None:
    npqsl, npqh = spec(NPQSL).intakes, spec(NPQH).intakes
    assert npqsl is not None
    assert npqh is not None
    assert (npqsl.named_by, npqsl.starts) == ("month", ("January", "September"))
    assert (npqh.named_by, npqh.starts) == ("term", ("Autumn", "Spring"))
    assert spec("npqlt").intakes is None


def test_staffing_rules(spec: Find) -> None:
    npqh, npqsl, england = (spec(key).staffing for key in (NPQH, NPQSL, ENGLAND))
    assert npqh is not None
    assert npqsl is not None
    assert england is not None
    assert (npqh.facilitators, npqh.serving_headteachers, npqh.different_people) == (2, 1, True)
    assert npqsl.serving_leader
    assert not npqsl.outstanding_school
    assert england.outstanding_school
    assert spec("npqel").staffing is None


def test_twelve_sections_of_the_printed_specification(spec: Find) -> None:
    sections = spec(NPQSL).sections
    assert len(sections) == 12
    assert [(s.key, s.source) for s in sections if s.blank] == [("schedule", ("001:53-61",))]


def test_sections_differ_per_version(spec: Find) -> None:
    def titles(key: str) -> set[str]:
        return {title for s in spec(key).sections for title in (s.title, *s.parts)}

    assert "Delivery locations" in titles(NPQH) - titles(NPQSL)
    assert "Regional Training Centres" in titles(NPQSL) - titles(NPQH)


def test_no_supporters_are_named(spec: Find) -> None:
    assert spec(NPQSL).supporters == ()


def test_lanes(spec: Find) -> None:
    lanes = {component.key: component.lane for component in spec(NPQSL).components}
    assert lanes["events"] is lanes["briefings"] is Lane.FACILITATED
    assert lanes["study"] is Lane.SELF_DIRECTED


@pytest.mark.requirement("S2-18")
def test_both_sources_of_the_npqlt_audience_agree(spec: Find) -> None:
    assert {"000:34", "002:28"} <= set(spec("npqlt").audience.source)
    assert spec("npqlt").audience.scopes == spec(ENGLAND).audience.scopes


@pytest.mark.requirement("S4-04", "S4-05", "S4-06")
def test_narrower_audiences_are_kept_beside_the_deciding_one(spec: Find) -> None:
    (npqlt,), (npqltd,), (npqlbc,) = (spec(key).audience.other for key in ("npqlt", "npqltd", "npqlbc"))
    assert npqlt.scopes == ("subject", "phase")
    assert npqltd.source == ("004:8",)
    assert npqlbc.scopes == ("behaviour and culture",)
    assert "pupil well-being" in spec("npqlbc").audience.scopes


def test_the_register_holds_all_42_contradictions(shipped: Catalogue) -> None:
    assert [note.id for note in shipped.conflicts] == [f"C-{number:02d}" for number in range(1, 43)]


def test_versions_differ_only_where_their_documents_do(spec: Find) -> None:
    """NPQLTD and NPQLBC are "the same as NPQLT": what they inherit is complete."""
    for key in ("npqltd", "npqlbc"):
        assert spec(key).components == spec("npqlt").components
        assert spec(key).assessment == spec("npqlt").assessment
    assert spec("npqh").assessment.parts == spec("npqsl").assessment.parts
    assert spec("npqh").component("study").hours.sources == ("000:79",)


def test_files_mention_no_machine_and_copy_no_line_longer_than_a_title() -> None:
    for path in HERE.rglob("*.toml"):
        assert not re.search(r"/(work|home|tmp|root)/", path.read_text()), path
