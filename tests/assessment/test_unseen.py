"""Unseen means unseen: before the release no table, file, log, message, event or index holds a word of a case."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outgoing
from django.db import connection
from django.test import override_settings

from goldenthread.assessment import actions, case_keys, queries, sealed, sealing, tagging
from goldenthread.assessment.models import CaseStudy, MarkPoint, Window
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.common import outbox
from tests import factories
from tests import factories_assessment as made

SENTENCE = "Zwölf violette Flamingos unterrichten Bruchrechnen in Quxborough"
TITLE = "Flamingos of Quxborough"
ASKED = "Which flamingo would the governors of Quxborough send home?"
POINT = "Names the flamingo of Quxborough that can't divide"
WORDS = ("Quxborough", "lamingo")


def secret_case(title: str = TITLE) -> CaseStudy:
    """A published case study full of what is to be found nowhere."""
    case = actions.create_case_study(
        version=factories.version(),
        title="A draft of Quxborough",
        body=SENTENCE * 30,
        question=ASKED,
        by=made.author(),
        at=made.BEFORE,
    )
    actions.edit_case_study(
        case_study=case, title=title, body=SENTENCE, question=ASKED, by=made.author(), at=made.BEFORE
    )
    that, how = made.statements()
    for points in ([(that, 20)], [(that, 12), (how, 8)]):
        actions.set_scheme(
            case_study=case,
            points=[actions.PointInput(statement=one, text=POINT, maximum=most) for one, most in points],
            pass_mark=10,
            tolerance=2,
            printed=Printed(20),
            by=made.author(),
            at=made.BEFORE,
        )
    tagging.tag_case_study(case_study=case, chosen=["cognition"], by=made.author(), at=made.BEFORE)
    return actions.publish(case_study=case, by=made.author(), at=made.BEFORE)


def dump() -> str:
    """Every value of every column of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                found += [bytes(one) if isinstance(one, memoryview) else one for one in row]
    return "\n".join(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in found)


def database_files() -> bytes:
    """The bytes of the database's files on SQLite, the log of what was written last among them."""
    if connection.vendor != "sqlite":
        return b""
    path = Path(connection.settings_dict["NAME"])
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*") if one.is_file())


def anything_in(text: str | bytes, words: tuple[str, ...]) -> list[str]:
    as_bytes = text.encode() if isinstance(text, str) else text
    return [word for word in words if word.encode() in as_bytes]


def traces(tmp_path: Path, log: str = "", words: tuple[str, ...] = WORDS) -> dict[str, list[str]]:
    """Where a word of the case is found: tables, database files, stored files, mail, log."""
    mail = "".join(f"{one.subject}{one.body}{one.alternatives}" for one in outgoing.outbox)
    files = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    places = {
        "tables": dump(),
        "database files": database_files(),
        "files": files,
        "mail": mail,
        "log": log,
    }
    return {name: found for name, text in places.items() if (found := anything_in(text, words))}


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("S0-38")
def test_not_a_word_of_a_case_is_anywhere_before_its_release_nor_in_the_database_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("goldenthread").addHandler(caplog.handler)
    one = made.sitting(case=secret_case())
    actions.look_at(case_study=one.window.case_study, by=made.author(), at=made.BEFORE)
    with pytest.raises(Exception, match="Nothing can be seen before"):
        actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT - timedelta(seconds=1))
    outbox.deliver_due(at=made.BEFORE)
    assert outgoing.outbox  # the mail with the days of the window
    assert traces(tmp_path, caplog.text) == {}
    case = actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT)
    assert (case.title, case.body, case.question) == (TITLE, SENTENCE, ASKED)
    outbox.deliver_due(at=made.OPENS_AT)
    assert traces(tmp_path, caplog.text) == {}  # the release gives access, not a copy


@pytest.mark.django_db(transaction=True)
def test_the_search_for_traces_finds_them_where_nothing_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With words of its own: a database file keeps what was once in it in clear."""
    monkeypatch.setattr(sealing, "seal", lambda content, place, ring: f"{place}: {content}")
    actions.create_case_study(
        version=factories.version(),
        title="Zibblethorpe",
        body="An ostrich",
        question="?",
        by=made.author(),
        at=made.BEFORE,
    )
    words = ("Zibblethorpe", "ostrich")
    found = traces(tmp_path, words=words)
    assert found["tables"] == list(words)
    if connection.vendor == "sqlite":
        assert found["database files"] == list(words)


@pytest.mark.django_db
def test_the_database_itself_refuses_a_mark_point_in_clear() -> None:
    case = made.case_study()
    with pytest.raises(Exception, match="mark_point_kind_known"):
        MarkPoint.objects.filter(scheme=case.scheme).update(criterion="In clear")


@pytest.mark.django_db
def test_each_revision_has_a_data_key_of_its_own_and_an_earlier_one_does_not_open_in_its_place() -> None:
    case = made.case_study(published=False)
    first = case.sealed
    edited = actions.edit_case_study(
        case_study=case, title="T", body="B", question="Q", by=made.author(), at=made.BEFORE
    )
    assert edited.sealed.split("$")[2] != first.split("$")[2]
    CaseStudy.objects.filter(pk=case.pk).update(sealed=first)
    with pytest.raises(sealing.Unreadable):
        made.reopened(case)


# --- what goes wrong ----------------------------------------------------------------------------------------
def break_seal(case: CaseStudy, how: str) -> Any:
    """Spoil what is stored of a case study, or take the key away; gives the settings to go on with."""
    if how == "tampered":
        spoiled = case.sealed[:-6] + ("AAAA==" if case.sealed[-6:] != "AAAA==" else "BBBB==")
        CaseStudy.objects.filter(pk=case.pk).update(sealed=spoiled)
    elif how == "swapped":
        CaseStudy.objects.filter(pk=case.pk).update(sealed=made.case_study(title="Another").sealed)
    elif how == "emptied":
        CaseStudy.objects.filter(pk=case.pk).update(sealed="")
    else:
        return override_settings(CASE_KEYS=[sealing.new_key()])
    return override_settings()


BROKEN = pytest.mark.parametrize("how", ["tampered", "swapped", "emptied", "wrong key"])


@BROKEN
@pytest.mark.django_db
def test_a_seal_that_does_not_open_is_kept_for_the_desk_and_the_participant_is_told_kindly(how: str) -> None:
    one = made.sitting()
    case = one.window.case_study
    with (
        break_seal(case, how),
        pytest.raises(Exception, match="programme office has been told") as refusal,
    ):
        actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT)
    assert "key" not in str(refusal.value)
    case.refresh_from_db()
    assert case.fault == ("seal.key" if how == "wrong key" else "seal.altered")
    assert not case.accesses.filter(user=one.enrolment.user).exists()
    if how == "wrong key":  # the key is back: everything opens, and the desk is told so
        assert actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE).body == made.BODY
        assert actions.try_seals() == []
        case.refresh_from_db()
        assert case.fault == ""


@BROKEN
@pytest.mark.django_db
def test_the_hourly_try_knows_it_before_the_window_opens(how: str) -> None:
    made.case_study(title="Whole")
    case = made.case_study()
    with break_seal(case, how):
        found = actions.try_seals()
    assert found
    assert all("case study" in fault.message for fault in found)
    case.refresh_from_db()
    assert case.fault


@pytest.mark.django_db
def test_a_mark_scheme_of_another_case_study_does_not_open_either() -> None:
    case, other = made.case_study(), made.case_study(title="Another")
    type(case.scheme).objects.filter(pk=case.scheme.pk).update(sealed=other.scheme.sealed)
    with pytest.raises(sealing.Unreadable, match="mark scheme of case study"):
        queries.scheme_of(case)
    assert [fault.code for fault in actions.try_seals()] == ["seal.altered"]


@pytest.mark.django_db
def test_keys_rotate_without_anybody_losing_a_case() -> None:
    first, second = sealing.new_key(), sealing.new_key()
    with override_settings(CASE_KEYS=[first]):
        case = secret_case()
        old = case_keys.ring().newest
    with override_settings(CASE_KEYS=[second, first]):
        assert made.reopened(case).body == SENTENCE
        newer = made.case_study(title="Sealed with the new one")
        assert actions.rewrap(by=None, at=made.BEFORE) == 3  # text, needs and mark scheme of the first
        assert actions.rewrap(by=None, at=made.BEFORE) == 0
        assert actions.seals_by_key() == {case_keys.ring().newest: 5}
        assert old not in actions.seals_by_key()
    with override_settings(CASE_KEYS=[second]):
        assert made.reopened(case).needs == "cognition"
        assert made.said(case) == [POINT, POINT]
        assert made.reopened(newer).body == made.BODY
    with override_settings(CASE_KEYS=[first]), pytest.raises(sealing.Unreadable):
        made.reopened(case)


# --- the release ----------------------------------------------------------------------------------------------
def test_nobody_opens_a_seal_but_the_modules_that_say_so() -> None:
    root = Path(sealed.__file__).parents[1]
    opening = re.compile(
        r"sealed\.(open|try)_|sealed import|queries\.opened\(|queries import opened|sealing\.opened\("
    )
    callers = {str(path.relative_to(root)) for path in root.rglob("*.py") if opening.search(path.read_text())}
    assert callers == {
        "assessment/sealed.py",
        "assessment/queries.py",  # for authors
        "assessment/practice_queries.py",  # what is practised is open, and never live
        "assessment/tagging.py",  # titles and tags in the list of authors
        "assessment/actions/author.py",
        "assessment/actions/release.py",  # for a sitting, from its own opening on
        "assessment/actions/seals.py",  # tries them and shows nothing
        "integrity/queries.py",  # compared with by machine, after the release
        "marking/queries.py",  # for markers and moderators, after the last closing
        "moderation/national_package.py",  # mark points for the national moderator, after the sign-off
        "web/assessor/presenting.py",  # mark points for who marks
        "web/shared/sending_again.py",  # an author's own words, for this author alone
    }


@pytest.mark.django_db
def test_a_window_without_its_case_is_not_chosen_from_deferred_seals() -> None:
    window = made.window()
    listed = queries.windows_for(factories.seen(made.office())).get()
    assert {"sealed", "sealed_needs"} <= listed.case_study.get_deferred_fields()
    assert Window.objects.get().case_study_id == window.case_study_id
