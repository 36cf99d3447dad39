"""Amara's own pages: welcome, home, plan, learning, engagement, result and certificate."""

import io
import re

from playwright.sync_api import expect
from pypdf import PdfReader

from goldenthread.applications.models import Enrolment
from goldenthread.common import clock
from goldenthread.learning import actions as learning
from goldenthread.learning.models import FormativeTask, Module
from tests.factories import PASSWORD
from tests.factories_teaching import WORK
from tests.journeys.steps.stage import Person, link_in

PROGRAMME = "National Professional Qualification for Leading Teaching"


class Participant(Person):
    """Amara, from the welcome mail to the certificate."""

    @property
    def enrolment(self) -> Enrolment:
        return Enrolment.objects.get(user__email=self.email)

    # --- arriving ---------------------------------------------------------------------------------------
    def sets_a_password(self) -> None:
        welcome = link_in(self.stage.letter(self.email, "Welcome"), "/welcome/")
        self.opens(welcome, "Welcome, Amara")
        self.fills("New password", "short")
        self.fills("The same again", "short")
        self.presses("Set password and go on")
        self.is_refused("at least 12 characters")
        self.fills("New password", PASSWORD)
        self.fills("The same again", PASSWORD)
        self.presses("Set password and go on")
        self.arrives_at(PROGRAMME)
        self.sees("Your password is set", "Next step", "Induction", "Where you stand", "0 %")
        link_is_used_up = self.asks(welcome)
        assert link_is_used_up.status == 410

    def comes_home(self) -> None:
        self.signs_in(PROGRAMME)

    def reads_the_plan(self) -> None:
        """1 + 18 + 32 + 18 + 5 = 74 hours (S0-22), three event days of six hours among them."""
        self.follows("Learning", inside="header")
        self.arrives_at("Learning")
        for key, hours in (("induction", 1), ("events", 18), ("study", 32), ("tasks", 18), ("coaching", 5)):
            self.sees(
                re.compile(rf"0 of \d+ done · {hours} h"), inside=f"section[aria-labelledby=part-{key}]"
            )
        self.follows("Engagement", inside="header")
        self.arrives_at("Engagement")
        self.sees("0 h of 74 h", "Exactly 0 of 4440 minutes")
        self.follows("Schedule", inside="header")
        self.arrives_at("Schedule")
        self.follows(re.compile("^Facilitated"))
        days = self.page.locator("li[id^=events-]")
        expect(days).to_have_count(3)
        for place, day in enumerate(("Mon 2 Dec 2024", "Mon 3 Mar 2025", "Mon 2 Jun 2025")):
            expect(days.nth(place)).to_contain_text(day)
            expect(days.nth(place)).to_contain_text("6 h · facilitated")

    # --- learning ---------------------------------------------------------------------------------------
    def next_module(self) -> str:
        return str(self.page.locator(".gt-next h2").inner_text())

    def finishes_the_next_step(self, heading: str) -> None:
        """The one button of the home page leads to a module: read, reflect, finish."""
        self.page.locator(".gt-next a.btn").click()
        self.arrives_at(heading)
        self.presses("Finish this module")
        self.is_refused("Write a sentence or two")
        self.fills("What do you take into your school?", "One question at the beginning of every lesson.")
        self.presses("Finish this module")
        self.sees("is finished and counts toward your engagement", "Finished on")
        self.arrives_at(heading)

    def hands_in_the_first_task(self) -> None:
        """Refused without evidence, with everything kept; then handed in."""
        self.follows("Learning", inside="header")
        self.follows(re.compile("^Formative task 1"))
        self.arrives_at(re.compile("^Formative task 1"))
        self.fills("Context", WORK.context)
        self.fills("Application", WORK.application)
        self.presses("Hand in to your tutor")
        self.is_refused("Name the evidence of what changed")
        expect(self.field("Context")).to_have_value(WORK.context)
        self.fills("Evidence", "The pupils remember more.")
        self.presses("Hand in to your tutor")
        self.sees("With your tutor since")

    def improves_the_first_task(self) -> None:
        self.page.goto(link_in(self.stage.letter(self.email, "Formative task 1"), "/tasks/"))
        self.arrives_at(re.compile("^Formative task 1"))
        self.sees("Your tutor has a next step for you", "Compare two quizzes")
        self.fills("Evidence", WORK.evidence)
        self.presses("Hand in to your tutor")
        self.sees("With your tutor since")

    def does_the_rest_due_by_now(self) -> None:
        """The remaining modules as far as they are due: the same action as the page's, without the pages."""
        keys = self.enrolment.plan.filter(kind="study", due_on__lte=clock.today()).values_list(
            "key", flat=True
        )
        for module in Module.objects.filter(version=self.enrolment.version, activity_key__in=list(keys)):
            learning.complete_module(
                module=module,
                enrolment=self.enrolment,
                reflection="Noted what to try.",
                by=self.enrolment.user,
                at=clock.now(),
            )

    def has_the_second_task_accepted(self, tutor: str) -> None:
        """As on the pages, which the first task has gone through, by the same two actions."""
        task = FormativeTask.objects.get(version=self.enrolment.version, activity_key="tasks-2")
        user, at = self.enrolment.user, clock.now()
        response = learning.hand_in(
            task=task, enrolment=self.enrolment, work=WORK, revision=0, by=user, at=at
        )
        by = type(user).objects.get(email=tutor)
        learning.decide(
            response=response, accept=True, strength="Clear.", next_step="Widen it.",
            revision=response.revision, by=by, at=at,
        )  # fmt: skip

    # --- engagement -------------------------------------------------------------------------------------
    def unfolds_her_engagement(self, *texts: str) -> None:
        """The figure, what it is made of, what is missing, by when (S0-43)."""
        self.follows("Engagement", inside="header")
        self.arrives_at("Engagement")
        self.sees(*texts)
        for title, words in (
            ("Coaching session 1", "Coaching session (Leading a team meeting). Recorded by Cora Coach"),
            ("Event day 1", "Event register (Event day 1). Recorded by Femi Facilitator"),
            ("Formative task 1", "Task accepted"),
            ("Induction", "Module finished"),
        ):
            entry = self.page.locator("details.gt-ledger").filter(has_text=title).first
            entry.locator("summary").click()
            expect(entry).to_contain_text(words)

    # --- result -----------------------------------------------------------------------------------------
    def waits(self, heading: str) -> None:
        """Nothing of marks, comments or a result is there."""
        self.opens("/my/result/", heading)
        self.never_sees("of 20", "Passed", "You diagnose")
        self.opens("/my/award/", "Your award")
        self.sees("Not yet")
        assert self.asks("/my/award/certificate.pdf").status == 404

    def reads_the_result(self) -> None:
        self.page.goto(link_in(self.stage.letter(self.email, "result is there"), "/my/result/"))
        self.arrives_at("Passed")
        self.sees(
            "Engagement is 68 of 74 h (91.89 %); 90 % is needed.",
            "The case study earned 15 of 20 marks; 12 are needed.",
            "You diagnose before you prescribe.",
            "Say what you would stop doing.",
        )

    def downloads_the_certificate(self, name: str) -> str:
        """A PDF that names her and carries its code; gives the code."""
        self.follows("Get your certificate")
        self.arrives_at(PROGRAMME)
        code = str(self.page.locator("#shared dd").first.inner_text())
        with self.page.expect_download() as download:
            self.follows("Download the certificate")
        pdf = PdfReader(io.BytesIO(download.value.path().read_bytes()))
        text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
        assert name in text
        assert code in text
        assert "Leading Teaching" in text
        return code
