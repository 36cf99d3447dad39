"""Official text in the catalogue: a new revision, the old one for what cites it, fragments for nobody to assess."""

from datetime import date, timedelta
from io import BytesIO

import pytest

from goldenthread.assessment import actions as assessment
from goldenthread.assessment import citing
from goldenthread.catalogue import queries
from goldenthread.catalogue.framework_import import Committed, import_framework, read_framework
from goldenthread.catalogue.models import ContentArea, Evidence, EvidenceUse, Framework, Statement
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made
from tests.catalogue.framework_sample import text_of_npqlt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def take_in(text: str = "", *, edition: str = "", programme: str = "") -> Committed:
    file = BytesIO((text or text_of_npqlt()).encode())
    reading = read_framework(file, name="lt.txt", edition=edition, programme=programme)
    return import_framework(
        reading=reading,
        licence="OGL 3.0",
        source_date=date(2020, 10, 8),
        by=factories.user("Olu"),
        at=factories.AT,
    )


def statement(code: str) -> Statement:
    return Statement.objects.get(code=code)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Framework, ContentArea, Statement, AuditEvent))


def test_official_text_is_a_new_revision_and_the_summary_stays() -> None:
    done = take_in()
    assert (done.created, done.framework.revision, done.framework.official) == (True, 2, True)
    assert done.framework.licence == "OGL 3.0"
    assert queries.get_framework("NPQLT") == done.framework
    assert statement("NPQLT-SC-LT1").summary
    official = statement("NPQLT.2-SC-LT1")
    assert (official.summary, official.complete, official.area.number) == (False, True, 2)
    event = AuditEvent.objects.get(verb="framework.imported")
    assert event.details["fragments"] > 0


@pytest.mark.requirement("S2-30")
def test_a_second_import_adds_nothing_and_a_table_of_another_framework_stays_outside() -> None:
    framework = take_in().framework
    areas = framework.areas.filter(kind="area").exclude(statements=None).distinct()
    assert areas.count() == 6
    (other,) = framework.areas.filter(kind="other")
    assert (other.occurrences, other.statements.filter(kind="learn_that", complete=True).count()) == (3, 3)
    before = counts()
    assert not take_in().created
    assert not take_in(text_of_npqlt().replace("\n", "\r\n")).created
    assert counts() == before
    assert other not in queries.statements_for("NPQLT")


def test_the_areas_are_the_programmes_in_order_whether_the_text_has_them_or_not() -> None:
    framework = take_in().framework
    assert [area.name for area in framework.areas.filter(kind="area")] == list(
        factories.version(factories.NPQLT).specification.content_areas
    )
    assert framework.areas.get(name="Teaching").statements.count() == 0
    assert any("Teaching" in note and "not in this text" in note for note in framework.notes)


def test_other_text_is_a_further_revision_which_keeps_codes_dates_and_sources_of_equal_statements() -> None:
    take_in()
    first = statement("NPQLT.2-IM-LT2")
    Statement.objects.filter(pk=first.pk).update(highlighted=True, review_by=date(2027, 1, 1))
    source = Evidence.objects.create(author="Adeyemi", title="On songs", kind="study", country="uk")
    EvidenceUse.objects.create(evidence=source, statement=first)
    assert take_in(text_of_npqlt().replace("Lamps are hot.", "Lamps are warm.")).framework.revision == 3
    again = statement("NPQLT.3-IM-LT2")
    assert (again.text, again.highlighted, again.review_by) == (first.text, True, date(2027, 1, 1))
    assert again.evidence_uses.get().evidence == source
    assert statement("NPQLT.2-AT-LT2").text == "Lamps are hot."
    assert statement("NPQLT.3-AT-LT2").text == "Lamps are warm."


@pytest.mark.requirement("S2-23")
@pytest.mark.requirement("S2-32")
def test_a_fragment_is_refused_by_a_mark_scheme_and_a_whole_statement_accepted() -> None:
    take_in()
    case = made.case_study(published=False)

    def cite(code: str) -> None:
        point = assessment.PointInput(statement=statement(code), text="Says so", maximum=10)
        assessment.set_scheme(
            case_study=case, points=[point], pass_mark=5, tolerance=1, by=made.author(), at=made.BEFORE
        )

    offered = {one.code for _, group in citing.statements_for(case) for one in group}
    for fragment in ("NPQLT.2-HL-LT7", "NPQLT.2-CU-LT4", "NPQLT.2-SC-LH1", "NPQLT.2-AS-LH2"):
        assert fragment not in offered
        with pytest.raises(Refused) as no:
            cite(fragment)
        assert no.value.code == "scheme.incomplete"
    foreign = Statement.objects.get(area__kind="other", number=1, kind="learn_that")
    assert foreign.code not in offered
    with pytest.raises(Refused, match="another body"):
        cite(foreign.code)
    for whole in ("NPQLT.2-IM-LT4", "NPQLT.2-CU-LH2"):
        assert whole in offered
        cite(whole)
    assert "NPQLT-IM-LT4" not in offered
    with pytest.raises(Refused, match="our summary, revision 1") as no:
        cite("NPQLT-IM-LT4")
    assert no.value.code == "scheme.framework"


def test_a_heading_without_its_bullets_is_a_title_and_can_not_be_assessed() -> None:
    take_in()
    title, whole, cut = (statement(f"NPQLT.2-{code}") for code in ("AT-LH1", "CU-LH2", "SC-LH1"))
    assert [one.complete for one in (title, whole, cut)] == [False, True, False]
    assert [one.title_only for one in (title, whole, cut)] == [True, False, False]
    assert whole.bullets[0]["complete"]


def test_mark_schemes_are_offered_the_text_in_force_alone() -> None:
    take_in()
    case = made.case_study(published=False)
    old = statement("NPQLT.2-IM-LT1")
    point = assessment.PointInput(statement=old, text="Says so", maximum=10)
    assessment.set_scheme(
        case_study=case, points=[point], pass_mark=5, tolerance=1, by=made.author(), at=made.BEFORE
    )
    take_in(text_of_npqlt().replace("Lamps are hot.", "Lamps are warm."))
    offered = {one.code for _, group in citing.statements_for(case) for one in group}
    assert {code.partition("-")[0] for code in offered} == {"NPQLT.3"}
    assert {"NPQLT.3-IM-LT1", "NPQLT.3-AT-LT2"} <= offered


@pytest.mark.requirement("S2-01")
def test_nothing_is_attached_to_the_programme_of_the_wrong_heading() -> None:
    before = Framework.objects.filter(programme__code="NPQLTD").count()
    assert take_in().framework.programme.code == "NPQLT"
    assert Framework.objects.filter(programme__code="NPQLTD").count() == before


def test_a_text_of_nobody_or_of_no_area_is_refused() -> None:
    with pytest.raises(Refused) as no:
        take_in("Voices | |\nLearn that… |\n1. Air moves. |\n")
    assert no.value.code == "framework.programme"
    with pytest.raises(Refused) as no:
        take_in("NPQLT\nVoices | |\nLearn that… |\n1. Air moves. |\n")
    assert no.value.code == "framework.foreign"


@pytest.mark.parametrize("rows", ["", "|\n|\n", "\n\n"])
def test_tables_without_any_statement_are_refused(rows: str) -> None:
    before = counts()
    with pytest.raises(Refused, match="No statement stands in the tables") as no:
        take_in(f"NPQLT\nAssessment | |\nLearn that… | Learn how to… |\n{rows}")
    assert no.value.code == "framework.empty"
    assert counts() == before


def test_a_framework_without_known_areas_takes_every_table() -> None:
    text = "NPQSL\nStrategy | |\nLearn that… |\n1. Plans age. |\n"
    framework = take_in(text, edition="legacy", programme="NPQSL").framework
    assert [area.name for area in framework.areas.all()] == ["Strategy"]
    assert Statement.objects.get(area__framework=framework).code == "NPQSL-legacy.2-ST-LT1"


def test_a_later_load_of_the_catalogue_leaves_the_official_text_alone() -> None:
    take_in()
    before = list(Statement.objects.order_by("pk").values())
    factories.load_catalogue(factories.AT + timedelta(days=1))
    assert list(Statement.objects.order_by("pk").values()) == before
