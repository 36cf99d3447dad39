"""No page of a project task asks the database more than twelve times, however much the project holds."""

import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.actions import account, project, project_links
from goldenthread.assessment.project_models import Project
from goldenthread.assessment.rules.projects import Challenge
from tests import factories_projects as make

pytestmark = [pytest.mark.django_db, pytest.mark.alike]
MOST = 12
PAGES = ("project", "project_plan", "project_board", "project_placement", "project_days", "project_challenges",
         "project_account", "project_evidence", "project_sponsor")  # fmt: skip


def counts(client: Client, task: str, names: tuple[str, ...] = PAGES) -> dict[str, list[str]]:
    found = {}
    for name in names:
        with time_machine.travel(make.SUMMER, tick=False), CaptureQueriesContext(connection) as caught:
            assert client.get(reverse(f"participant:{name}", args=[task])).status_code == 200, name
        found[name] = [one["sql"] for one in caught if "SAVEPOINT" not in one["sql"]]
    return found


def test_the_pages_of_a_task_with_a_placement_take_twelve_queries_at_most() -> None:
    amara = make.candidate(make.NPQH)
    task = amara.version.specification.assessment.tasks[1].key
    make.placed(amara, task)
    Project.objects.filter(enrolment=amara, task=task).update(plan={"focus": "Reading"})
    make.days(amara.intake, task)
    make.hand_in(amara, task)
    client = Client()
    client.force_login(amara.user)
    small = counts(client, task)
    more: dict[str, Any] = {"enrolment": amara, "task": task, "by": amara.user, "at": make.SUMMER}
    for number in range(2):
        need = Challenge("resource", "current", f"Need {number}", ("Act.",))
        project.add_challenge(**more, challenge=need, form_key=uuid.uuid4())
        for purpose in ("host", "sponsor", "board"):
            project_links.send_link(
                **more, purpose=purpose, name=f"Hal {number}", email=f"hal{number}@example.org"
            )
    grown = counts(client, task)
    assert {name: len(asked) for name, asked in grown.items()} == {
        name: len(asked) for name, asked in small.items()
    }
    over = {name: asked for name, asked in grown.items() if len(asked) > MOST}
    assert over == {}, "\n".join(f"{name}: {sql[:300]}" for name, asked in over.items() for sql in asked)


def test_the_pages_of_a_project_with_files_take_twelve_queries_at_most() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    client = Client()
    client.force_login(amara.user)
    names = ("project", "project_plan", "project_account", "project_evidence", "project_sponsor")
    for number in range(1, 4):
        make.add_file(amara, f"evidence-{number}.txt", f"Figures {number}".encode())
    account.save_account(
        enrolment=amara, task="project", texts=make.TEXTS, revision=0, by=amara.user, at=make.SUMMER
    )
    over = {name: asked for name, asked in counts(client, "project", names).items() if len(asked) > MOST}
    assert over == {}, "\n".join(f"{name}: {sql[:300]}" for name, asked in over.items() for sql in asked)
