"""Verbs of the walks: an assessment from its opened window on, whatever the programme; see `test_walk_*.py`."""

import csv
import io
import re
import zipfile

from pypdf import PdfReader

from goldenthread.applications.models import Enrolment
from tests.journeys.people.assessors import Marker, Moderator
from tests.journeys.people.office import Office
from tests.journeys.people.participant import Participant
from tests.journeys.people.visitor import Visitor
from tests.journeys.stage import ANYTHING, Text, link_in


class Candidate(Participant):
    """Whoever is assessed."""

    def comes_home(self) -> None:
        self.signs_in(ANYTHING)

    def comes_to_the_assessment(self) -> None:
        self.comes_home()
        self.follows("Assessment", inside="header")
        self.arrives_at("Assessment")

    # --- a case study ---------------------------------------------------------------------------------------
    def reads(self, title: str, *texts: str) -> None:
        """Home says what is due; the page of the assessment leads to the case study of the open window."""
        self.comes_home()
        self.sees("Your case study window is open")
        self.follows("Assessment", inside="header")
        self.arrives_at("Assessment")
        self.follows("Open the case study")
        self.arrives_at(title)
        self.sees(*texts)

    def answers(self, text: str) -> None:
        self.field("Your text").fill(text)
        self.chooses(re.compile("This is my own work"))
        self.chooses("I used no AI")
        self.page.locator("button[name=hand_in]").click()
        self.arrives_at("We have your script")

    def states(self, about: str, allegation: str, statement: str) -> None:
        """A mail says that there is something to read; only the page says what, and takes the statement."""
        assert allegation not in self.stage.letter(self.email, "read")
        self.comes_to_the_assessment()
        self.follows(re.compile("Read what the programme office asks"))
        self.arrives_at(about)
        self.sees(allegation)
        self.fills("Your statement", statement)
        self.presses("Send the statement")
        self.sees("The programme office has what you wrote.")

    # --- after the release ------------------------------------------------------------------------------------
    def reads_the_result_of_the_mail(self, heading: Text, *texts: Text) -> None:
        self.comes_home()
        self.page.goto(link_in(self.stage.letter(self.email, "result is there"), "/my/result/"))
        self.arrives_at(heading)
        self.sees(*texts)

    def appeals(self, grounds: str, why: str) -> None:
        """From the page of the result."""
        self.follows("Appeal against this result")
        self.arrives_at("Appeal against your result")
        self.chooses(re.compile(grounds, re.IGNORECASE))
        self.fills("What is wrong, and where?", why)
        self.presses("Send the appeal")
        self.arrives_at("Your appeal")

    def gets_certificate_and_badge(self, *names: str) -> tuple[str, bytes]:
        """From the result to the award; gives the code and the badge as a file."""
        self.follows("Get your certificate")
        self.arrives_at(ANYTHING)
        code = str(self.page.locator("#shared dd").first.inner_text())
        with self.page.expect_download() as certificate:
            self.follows("Download the certificate")
        pdf = PdfReader(io.BytesIO(certificate.value.path().read_bytes()))
        text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
        assert [name for name in (code, *names) if name not in text] == []
        with self.page.expect_download() as badge:
            self.follows("Badge for a wallet (JSON)")
        return code, badge.value.path().read_bytes()


class Anybody(Visitor):
    """Somebody to whom a certificate and a badge were shown."""

    def verifies_both(self, code: str, badge: bytes, *, holder: str, programme: str) -> None:
        self.opens("/verify/", "Verify an award")
        self.fills("Code on the certificate", code.lower())
        self.presses("Verify")
        self.arrives_at("This award is valid")
        self.sees(holder, programme, code)
        self.opens("/verify/", "Verify an award")
        self.follows("Verify the file")
        self.arrives_at("Verify a badge or a receipt")
        self.page.locator("input[type=file]").set_input_files(
            {"name": "badge.json", "mimeType": "application/json", "buffer": badge}
        )
        self.presses("Verify")
        self.arrives_at("This badge is valid")
        self.sees(programme)
        self.never_sees(holder)


class WalkOffice(Office):
    """Somebody of the office, for any intake."""

    intake = "NPQLT September 2024"

    # --- a window -------------------------------------------------------------------------------------------
    def begins_a_window(self, after: str = "") -> None:
        """From the list of windows, or from the page of the person for whom a further one is set."""
        if after:
            self.finds(after)
            self.follows("Set one")
        else:
            self.comes_to_the_desk()
            self.follows("Assessment", inside="header")
            self.arrives_at("Assessment windows")
            self.follows("Set a window")
        self.arrives_at("Set a window")
        programme, intake = self.intake.split(" ", 1)
        self.selects("Intake", programme, intake)
        self.presses("Continue")

    def sets_the_window(self, case: str, first_day: str = "") -> None:
        """With a case study by the name that the office knows; on the first day that is allowed, if none is named."""
        if first_day:
            self.fills("First day", first_day)
        self.selects(re.compile("^Case study"), case)
        self.presses("See who would be booked")
        self.presses(re.compile("^Set the window"))
        self.arrives_at(self.intake)

    def enters(self, name: str, window: str) -> None:
        """For a further window, by a decision with its reason."""
        self.finds(name)
        self.selects("Window", window)
        self.fills("Why, and who decided?", "The programme lead offers a second attempt.")
        self.presses("Enter for this window and tell them")
        self.sees(window)

    # --- marks and results ----------------------------------------------------------------------------------
    def allocates(self, count: int = 1) -> None:
        self.comes_to_the_desk()
        scripts = f"{count} script{'' if count == 1 else 's'}"
        self.follows(re.compile(f"{scripts} of {self.intake} without markers"))
        self.arrives_at("Marking")
        self.presses("Allocate")
        self.sees("markings were allocated")

    def has_it_confirmed_nationally(self, colleague: "WalkOffice") -> None:
        """The package goes out, the answer comes back with every mark confirmed, and a colleague applies it."""
        self._comes_to_national_moderation()
        with self.page.expect_download() as package:
            self.presses("Download the package")
        with zipfile.ZipFile(package.value.path()) as archive:
            header, first, *_ = csv.reader(io.StringIO(archive.read("answer.csv").decode("utf-8-sig")))
        answer = io.StringIO()
        csv.writer(answer).writerows([header, [first[0], "*", "confirmed", "", "", ""]])
        self.page.reload()
        self.page.locator("input[type=file]").set_input_files(
            {"name": "answer.csv", "mimeType": "text/csv", "buffer": answer.getvalue().encode()}
        )
        self.presses("Read it")
        self.arrives_at("Answer of the national moderator")
        self.sees("so a colleague applies it")
        colleague._comes_to_national_moderation()
        colleague.follows("answer.csv")
        colleague.arrives_at("Answer of the national moderator")
        colleague.chooses("Yes, these marks are final")
        colleague.presses("Decide")
        colleague.sees("Applied: the results can be released.")

    def _comes_to_national_moderation(self) -> None:
        self.comes_to_the_desk()
        self.follows(re.compile("in national moderation"))
        self.arrives_at("National moderation")

    def releases(
        self, passing: str, *, all_of: int = 1, never: tuple[str, ...] = (), compared: bool = False
    ) -> None:
        """Once the scripts are compared, if they aren't; without names before, with them afterwards."""
        if not compared:
            self.compares_the_scripts(self.intake)
        self.comes_to_the_desk()
        self.follows(re.compile(rf"Results of \d scripts? of {self.intake} can be released"))
        self.arrives_at("Results, before the release")
        self.sees(passing)
        self.never_sees(*never)
        self.unfolds("Release the results")
        self.presses(re.compile(f"^Yes, release all {all_of}"))
        self.arrives_at("Results")
        self.sees("Released", *never)

    # --- own work, appeals ------------------------------------------------------------------------------------
    def opens_a_case(
        self, code: str, noticed: str, alleged: str, *, about: str, never: tuple[str, ...]
    ) -> None:
        """From the marking page: a question by hand under the code, which becomes a case about a person."""
        self.follows("Own work")
        self.arrives_at(ANYTHING)
        self.unfolds("Ask about one script by hand")
        self.fills("Code of the script", code)
        self.fills("What did you notice?", noticed)
        self.presses("Ask")
        self.arrives_at(re.compile("^Question"))
        self.never_sees(code, *never)
        self.fills("What is alleged?", alleged)
        self.page.locator("input[name=about]").first.check()
        self.presses("Open a case and tell them")
        self.arrives_at(re.compile("^Case"))  # who asked by the code isn't told the name before the release
        self.never_sees(code, about)

    def comes_to_the_case(self, name: str, *texts: str) -> None:
        self.comes_to_the_desk()
        self.follows(re.compile(f"1 question about scripts of {self.intake}"))
        self.arrives_at(ANYTHING)
        self.follows(name)
        self.arrives_at(name)
        self.sees("The result is held until the case is decided.", *texts)

    def does_not_uphold_it(self, reasons: str, *, of: str) -> None:
        self.chooses(re.compile("^Not upheld"))
        self.fills("Reasons", reasons, inside="section[aria-labelledby=decide]")
        self.presses("Decide and tell them")
        self.arrives_at(of)
        self.sees("Not upheld")

    def admits_the_appeal(self, name: str, why: str) -> None:
        self.comes_to_the_appeal(name, "to check")
        self.chooses("Yes, it says what is wrong")
        self.fills("Why?", why)
        self.presses("Record this")
        self.sees("Admitted", why)

    def comes_to_the_appeal(self, name: str, waits: str) -> None:
        self.comes_to_the_desk()
        self.follows(re.compile(f"appeal {waits}"))
        self.arrives_at("Appeals")
        self.follows(name)
        self.arrives_at(f"Appeal of {name}")

    def decides_the_appeal(self, verdict: str, reasons: str) -> None:
        self.chooses(verdict)
        self.fills("Reasons", reasons)
        self.presses("Decide and tell them")
        self.sees(reasons)

    def finds(self, name: str) -> None:
        self.comes_to_the_desk()
        self.follows("People", inside="header")
        self.arrives_at("People")
        self.follows(name)
        self.arrives_at(name)


def mark_alike(markers: list[Marker], *marks: int, reads: tuple[str, ...], never: tuple[str, ...]) -> None:
    """Each of the markers gives the same marks to the script of their queue."""
    for one in markers:
        one.reads = reads
        one.marks(*marks, never=never)
        one.submits(never=never)


def moderate(chidi: Moderator, *marks: int, of: str, why: str, never: tuple[str, ...]) -> None:
    """Draw the sample, mark its one script blind, confirm the agreed marks, sign off."""
    chidi.of, chidi.why, chidi.compares = of, why, ("Agreed marks",)
    chidi.draws_the_sample(never=never)
    chidi.marks_blind_and_confirms(*marks, never=never)
    chidi.signs_off()


def enrolment_of(candidate: Candidate) -> Enrolment:
    return Enrolment.objects.get(user__email=candidate.email)
