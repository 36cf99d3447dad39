"""Amara's own pages: welcome, home, plan, learning, engagement, result and certificate."""

import io
import re
from datetime import datetime

from playwright.sync_api import expect
from pypdf import PdfReader

from goldenthread.applications.models import Enrolment
from goldenthread.common import clock
from tests.factories_teaching import WORK
from tests.journeys.stage import Person, link_in

PROGRAMME = "National Professional Qualification for Leading Teaching"


class Participant(Person):
    """Amara, from the welcome mail to the certificate."""

    @property
    def enrolment(self) -> Enrolment:
        return Enrolment.objects.get(user__email=self.email)

    # --- arriving ---------------------------------------------------------------------------------------
    def accepts_the_place(self) -> None:
        self.sets_a_password("Welcome", PROGRAMME)
        self.sees("Next step", "Induction", "Where you stand", "0 %")

    def is_refused_a_short_password(self) -> None:
        self.follows_the_invitation("Welcome")
        self.chooses_a_password("short")
        self.is_refused("at least 12 characters")

    def finds_the_link_used_up(self) -> None:
        welcome = link_in(self.stage.letter(self.email, "Welcome"), "/welcome/")
        assert "New password" not in self.asks(welcome).text()

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
        return str(self.page.locator(".gt-next h2").inner_text()).removeprefix("Module: ")

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
        self._opens_the_task(1)
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

    def hands_in_the_second_task(self) -> None:
        self._opens_the_task(2)
        for part in ("Context", "Application", "Evidence"):
            self.fills(part, getattr(WORK, part.lower()))
        self.presses("Hand in to your tutor")
        self.sees("With your tutor since")

    def _opens_the_task(self, number: int) -> None:
        self.follows("Learning", inside="header")
        self.arrives_at("Learning")
        self.follows(re.compile(f"^Formative task {number}"))
        self.arrives_at(re.compile(f"^Formative task {number}"))

    def finishes_the_modules_due_by_now(self) -> None:
        """Those of the list of modules that are open and whose date has come, one after the other."""
        self.follows("Learning", inside="header")
        self.arrives_at("Learning")
        for title in self._modules_due():
            self.follows(re.compile(f"(Module: )?{re.escape(title)}$"))
            self.is_back_at(title)
            self.fills("What do you take into your school?", f"I try one thing of “{title}” with my team.")
            self.presses("Finish this module")
            self.sees("is finished and counts toward your engagement")
            self.follows("Learning", inside="header")
            self.is_back_at("Learning")

    def _modules_due(self) -> list[str]:
        rows = self.page.locator("section[aria-labelledby=part-study] li").filter(has_not_text="Done")
        found = []
        for row in rows.all():
            day = row.locator(".gt-task-hint").inner_text().partition(", by ")[2]
            if datetime.strptime(day, "%a %d %b %Y").date() <= clock.today():
                found.append(row.locator("a").inner_text().removeprefix("Module: "))
        return found

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
            "Engagement is 66 h 36 min of 74 h (90 %); 90 % is needed.",
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
