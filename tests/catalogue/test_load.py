"""Loading the catalogue: idempotent, whole or not at all, and never against a version in use."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from goldenthread.catalogue import actions
from goldenthread.catalogue.models import ContentArea, Framework, Programme, ProgrammeVersion, Statement
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.reading import read_catalogue
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests.catalogue.texts import MADE_UP, spoilt

pytestmark = pytest.mark.django_db
AT = datetime(2024, 9, 2, 9, tzinfo=UTC)
MUSIC = "npqmus-2030-scotland"


def load(*folders: Path, at: datetime = AT) -> actions.LoadReport:
    return actions.load(by=None, at=at, folders=folders)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, MADE_UP)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "music.toml").write_text(text)


def test_everything_is_loaded() -> None:
    report = load()
    assert Programme.objects.count() == 7
    assert ProgrammeVersion.objects.count() == 9
    assert Framework.objects.count() == 8
    assert ContentArea.objects.count() == 9 + 4 + 6 + 3 * 10
    assert not Statement.objects.filter(summary=False).exists()
    assert len(report.created) == 7 + 9 + 8
    assert str(report) == "24 created, 0 changed, 0 unchanged"
    npqml = Programme.objects.get(code="NPQML")
    assert npqml.closed
    assert {programme.code for programme in npqml.replaced_by.all()} == {"NPQLT", "NPQLTD", "NPQLBC"}


def test_a_second_load_changes_nothing(django_assert_max_num_queries: Any) -> None:
    load()
    events, before = AuditEvent.objects.count(), list(ProgrammeVersion.objects.order_by("pk").values())
    with django_assert_max_num_queries(40):
        report = load(at=AT + timedelta(days=1))
    assert str(report) == "0 created, 0 changed, 24 unchanged"
    assert AuditEvent.objects.count() == events
    assert list(ProgrammeVersion.objects.order_by("pk").values()) == before


def test_the_specification_of_a_row_is_that_of_the_file() -> None:
    load()
    for file in read_catalogue().versions:
        row = ProgrammeVersion.objects.get(key=file.specification.id)
        assert row.specification == file.specification
        assert row.sha256 == file.sha256
        assert row.specification is ProgrammeVersion.objects.get(pk=row.pk).specification


def test_an_altered_document_is_refused_when_it_is_read() -> None:
    load()
    row = ProgrammeVersion.objects.get(key="npqlt-reformed-international")
    row.document = {**row.document, "purpose": "something else"}
    row.sha256 = "0" * 64
    with pytest.raises(SpecificationError, match="was altered"):
        _ = row.specification


def test_what_is_loaded_is_in_the_audit_trail() -> None:
    load()
    verbs = list(AuditEvent.objects.values_list("verb", flat=True))
    assert (
        verbs.count("version.loaded"),
        verbs.count("programme.loaded"),
        verbs.count("framework.loaded"),
    ) == (9, 7, 8)
    event = AuditEvent.objects.filter(verb="version.loaded").first()
    assert event is not None
    assert event.actor == "system"
    assert event.details["sha256"]


def test_a_version_that_nobody_is_on_may_change(folder: Path) -> None:
    load(folder)
    write(folder, spoilt("tolerance_marks = 1", "tolerance_marks = 3"))
    report = load(folder)
    assert report.changed == [MUSIC]
    assert ProgrammeVersion.objects.get(key=MUSIC).specification.marking.tolerance_marks == 3
    event = AuditEvent.objects.get(verb="version.changed")
    assert event.details["differs"] == ["marking"]


def test_a_version_in_use_can_not_be_altered(folder: Path) -> None:
    load(folder)
    version = ProgrammeVersion.objects.get(key=MUSIC)
    actions.freeze(version=version, at=AT)
    write(
        folder, spoilt("tolerance_marks = 1", "tolerance_marks = 3").replace("value = 1200", "value = 1300")
    )
    (folder / "other.toml").write_text(MADE_UP.replace(MUSIC, "other").replace('"Scotland"', '"Wales"'))
    with pytest.raises(Refused, match=f"{MUSIC}: assessment, marking") as no:
        load(folder)
    assert no.value.code == "catalogue.version_in_use"
    assert ProgrammeVersion.objects.get(key=MUSIC).specification.marking.tolerance_marks == 1
    assert not ProgrammeVersion.objects.filter(key="other").exists()


def test_a_version_in_use_may_be_closed_and_get_a_further_fee(folder: Path) -> None:
    priced = spoilt(
        'pounds = "unknown"', 'pounds = { value = 900, source = "M1:1" }\nvalid_from = 2030-08-01'
    )
    write(folder, priced)
    load(folder)
    actions.freeze(version=ProgrammeVersion.objects.get(key=MUSIC), at=AT)
    closing = 'state = "closed"\nclosed_to_intakes_from = { value = 2032-01-01, source = "M1:1" }\nlabel'
    later = (
        '\n[[fee]]\npounds = { value = 950, source = "M1:1" }\ncurrency = "GBP"\nvalid_from = 2031-08-01\n'
    )
    write(folder, priced.replace("label", closing, 1) + later)
    assert load(folder).changed == [MUSIC]
    row = ProgrammeVersion.objects.get(key=MUSIC)
    assert row.state == "closed"
    assert len(row.specification.fees) == 2
    assert row.frozen_at == AT
    write(folder, priced.replace("value = 900", "value = 800"))
    with pytest.raises(Refused, match="fee"):
        load(folder)


def test_a_change_to_a_version_in_use_is_a_new_revision(folder: Path) -> None:
    load(folder)
    actions.freeze(version=ProgrammeVersion.objects.get(key=MUSIC), at=AT)
    second = MADE_UP.replace(MUSIC, f"{MUSIC}-2").replace("tolerance_marks = 1", "tolerance_marks = 3")
    header = f'revision = 2\nsupersedes = "{MUSIC}"\nlabel'
    (folder / "second.toml").write_text(second.replace("label", header, 1))
    assert load(folder).created == [f"{MUSIC}-2"]
    assert ProgrammeVersion.objects.get(key=f"{MUSIC}-2").revision == 2


def test_one_malformed_file_and_nothing_is_loaded(folder: Path) -> None:
    (folder / "bad.toml").write_text(spoilt("markers = 2", "markers = 0"))
    with pytest.raises(SpecificationError, match=r"bad.toml: marking.markers: must be from 1 to 3"):
        load(folder)
    assert not Programme.objects.exists()
    assert not ProgrammeVersion.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_published_version_whose_hours_are_wrong_is_not_loaded(folder: Path) -> None:
    wrong = spoilt("value = 41.5", "value = 42")
    write(folder, wrong)
    with pytest.raises(SpecificationError, match="42 h are declared, the components come to 41 h 30 min"):
        load(folder)
    write(folder, wrong.replace('edition = "2030"', 'edition = "2030"\nstate = "draft"'))
    assert MUSIC in load(folder).created
    assert ProgrammeVersion.objects.get(key=MUSIC).state == "draft"


def test_freezing_is_done_once() -> None:
    load()
    version = ProgrammeVersion.objects.get(key="npqlt-reformed-international")
    stale = ProgrammeVersion.objects.get(pk=version.pk)
    actions.freeze(version=version, at=AT)
    actions.freeze(version=version, at=AT + timedelta(days=1))
    actions.freeze(version=stale, at=AT + timedelta(days=2))
    assert ProgrammeVersion.objects.get(pk=version.pk).frozen_at == version.frozen_at == stale.frozen_at == AT
    assert AuditEvent.objects.filter(verb="version.frozen").count() == 1


# --- frameworks -------------------------------------------------------------------------------------
FRAMEWORK = """
programmes = ["NPQMUS"]
edition = "2030"
title = "{programme} in brief"
[[area]]
name = "Listening"
code = "LI"
learn_that = ["Ears tire.", "Rooms sound."]
[[area]]
name = "Ensemble"
code = "EN"
learn_that = ["Time is shared."]
"""


def write_framework(folder: Path, text: str) -> None:
    (folder / "frameworks").mkdir(exist_ok=True)
    (folder / "frameworks/music.toml").write_text(text)


def texts() -> dict[str, str]:
    found = Statement.objects.filter(area__framework__programme__code="NPQMUS")
    return dict(found.order_by("code").values_list("code", "text"))


def test_a_framework_follows_its_file(folder: Path) -> None:
    write_framework(folder, FRAMEWORK)
    load(folder)
    assert list(texts()) == ["NPQMUS-EN-LT1", "NPQMUS-LI-LT1", "NPQMUS-LI-LT2"]
    write_framework(folder, FRAMEWORK.replace('"Ears tire.", ', '"Ears tire soon.", "More.", '))
    assert load(folder).changed == ["NPQMUS 2030 framework"]
    assert texts()["NPQMUS-LI-LT1"] == "Ears tire soon."
    assert texts()["NPQMUS-LI-LT3"] == "Rooms sound."
    write_framework(folder, FRAMEWORK.replace('"Ears tire.", ', ""))
    load(folder)
    assert texts() == {"NPQMUS-EN-LT1": "Time is shared.", "NPQMUS-LI-LT1": "Rooms sound."}


def test_areas_may_change_places(folder: Path) -> None:
    write_framework(folder, FRAMEWORK)
    load(folder)
    head, listening, ensemble = FRAMEWORK.split("[[area]]")
    write_framework(folder, f"{head}[[area]]{ensemble}[[area]]{listening}")
    write(folder, spoilt('["Listening", "Ensemble"]', '["Ensemble", "Listening"]'))
    load(folder)
    areas = ContentArea.objects.filter(framework__programme__code="NPQMUS").order_by("number")
    assert [(area.number, area.name) for area in areas] == [(1, "Ensemble"), (2, "Listening")]
    assert len(texts()) == 3


def test_a_statement_that_is_cited_stays_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_framework(folder, FRAMEWORK)
    load(folder)
    monkeypatch.setattr(
        "goldenthread.catalogue.framework_rows.is_cited", lambda found: found.code == "NPQMUS-EN-LT1"
    )
    write_framework(folder, FRAMEWORK.replace("Time is shared.", "Time is kept."))
    report = load(folder)
    assert report.kept == ["NPQMUS-EN-LT1"]
    assert "1 kept because they are cited" in str(report)
    assert texts()["NPQMUS-EN-LT1"] == "Time is shared."
    write_framework(folder, FRAMEWORK.split('[[area]]\nname = "Ensemble"')[0])
    write(folder, spoilt('["Listening", "Ensemble"]', '["Listening"]'))
    load(folder)
    load(folder)
    assert texts()["NPQMUS-EN-LT1"] == "Time is shared."


def test_an_official_framework_is_not_overwritten_by_our_summary(folder: Path) -> None:
    write_framework(folder, FRAMEWORK)
    load(folder)
    write_framework(
        folder, FRAMEWORK.replace("title", "official = true\ntitle").replace("Ears", "Official ears")
    )
    load(folder)
    assert Statement.objects.get(code="NPQMUS-LI-LT1").summary is False
    write_framework(folder, FRAMEWORK)
    assert load(folder).changed == []
    assert texts()["NPQMUS-LI-LT1"] == "Official ears tire."


# --- what the database itself forbids -----------------------------------------------------------------
def refused(**fields: Any) -> bool:
    row = ProgrammeVersion.objects.get(key="npqlt-reformed-international")
    row.pk, row.key = None, "copy"
    row.revision = 2
    for name, value in fields.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return True
    return False


def test_constraints_of_a_version() -> None:
    load()
    assert refused(key="npqlt-reformed-international")
    assert refused(state="sleeping")
    assert refused(revision=1)
    assert refused(revision=0)
    assert not refused()


def test_constraints_of_statements_and_areas() -> None:
    load()
    area = ContentArea.objects.filter(framework__programme__code="NPQLT").order_by("number")[0]
    for wrong in (
        Statement(area=area, code="X-1", kind="learn_by_heart", number=90, text="x"),
        Statement(area=area, code="X-2", kind="learn_that", number=1, text="x"),
        Statement(area=area, code="NPQLT-AT-LT4", kind="learn_that", number=91, text="x"),
        ContentArea(framework=area.framework, kind="area", number=1, key="another", name="x"),
        ContentArea(framework=area.framework, kind="area", number=90, key=area.key, name="x"),
        ContentArea(framework=area.framework, kind="corner", number=91, key="corner", name="x"),
        Framework(programme=area.framework.programme, edition="reformed", title="x"),
        Programme(code="NPQLT", name="x", family="x"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save()


def test_the_effective_day_is_kept_in_its_own_column() -> None:
    load()
    assert ProgrammeVersion.objects.get(key="npqh-reformed-international").effective_from == date(2021, 9, 1)
    assert ProgrammeVersion.objects.get(key="npqh-legacy-england").effective_from is None
