"""Every address, as everybody but its authors: before the release none of them shows a word of a case study."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from goldenthread.assessment import actions, queries
from goldenthread.assessment.models import CaseStudy, Window, WindowState
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.web.public import findable
from tests import world
from tests.assessment.test_unseen import ASKED, POINT, SENTENCE, TITLE, WORDS
from tests.web.test_access import ROLES, addresses, path_of, people, table

# Authors may read it; the sitting of the world is Priya's, whose window becomes one that hasn't opened.
READERS = {"author"}
# Nobody has a page there, says the table that another test walks; windows are of this test's own making.
TURNED_AWAY = {"no", "sign in", "may post"}


def secret(made: world.World) -> Window:
    """Priya's window, set to open in a week, with a case study by Ada that nobody has seen."""
    window = Window.objects.get(pk=queries.sittings_of(made.cast["priya"])[0].window_id)
    version, ada = window.intake.version, made.cast["ada"]
    case = actions.create_case_study(
        version=version, title=TITLE, body=SENTENCE, question=ASKED, by=ada, at=made.now
    )
    scheme = window.mark_scheme
    assert scheme is not None
    points = [
        actions.PointInput(statement=one.statement, text=POINT, maximum=one.maximum)
        for one in scheme.points.select_related("statement__area__framework__programme").order_by("number")
        if one.statement
    ]
    actions.set_scheme(
        case_study=case,
        points=points,
        pass_mark=scheme.pass_mark,
        tolerance=2,
        printed=Printed(sum(one.maximum for one in points)),
        by=ada,
        at=made.now,
    )
    actions.publish(case_study=case, by=ada, at=made.now)
    ahead = {"opens_at": made.now + timedelta(days=7), "closes_at": made.now + timedelta(days=15)}
    window.sittings.update(**ahead, released_at=None, first_seen_at=None, state="booked")
    Window.objects.filter(pk=window.pk).update(
        case_study=case, opens_on=(made.now + timedelta(days=7)).date(), state=WindowState.SCHEDULED
    )
    return window


@pytest.mark.django_db
@pytest.mark.timeout(1800)
@pytest.mark.alike
@pytest.mark.requirement("S0-38")
def test_nobody_but_an_author_is_shown_a_word_before_the_release(settings: Any) -> None:
    settings.CAST_SIGN_IN = False
    made = world.build()
    window = secret(made)
    findable.rebuild(at=made.now)
    values = made.kwargs()
    case = CaseStudy.objects.order_by("-pk")[0]
    values["by parameter"] |= {"case_id": case.pk}
    walks = [values["by parameter"]["window_id"], window.pk]
    shown, stated = set(), table()
    for role, person in people(made).items():
        if role in READERS:
            continue
        client = Client()
        if person is not None:
            client.force_login(person)
        for name, pattern in addresses():
            takes_window = "window_id" in pattern.pattern.converters
            if not takes_window and stated[f"{name} {pattern.pattern}".strip()][role] in TURNED_AWAY:
                continue
            for number in walks if takes_window else walks[:1]:
                values["by parameter"]["window_id"] = number
                with transaction.atomic():
                    answer = client.get(path_of(name, pattern, values))
                    content = b"".join(answer) if answer.streaming else answer.content
                    transaction.set_rollback(True)
                if any(word.encode() in content for word in WORDS):
                    shown.add((role, name))
    assert shown == set()
    assert set(ROLES) - READERS == set(people(made)) - READERS
    ada = Client()
    ada.force_login(made.cast["ada"])
    assert SENTENCE in ada.get(f"/office/case-studies/{case.pk}/").content.decode()
