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
        """The one button of the home page leads to the case study of the open window."""
        self.comes_home()
        self.sees("Write your response to the case study")
        self.page.locator(".gt-next a.btn").click()
        self.arrives_at(title)
        self.sees(*texts)

    def answers(self, text: str) -> None:
        self.field("Your text").fill(text)
        self.chooses(re.compile("This is my own work"))
        self.page.locator("button[name=hand_in]").click()
        self.arrives_at("We have your script")

    # --- after the release ------------------------------------------------------------------------------------
    def reads_the_result_of_the_mail(self, heading: Text, *texts: Text) -> None:
        self.comes_home()
        self.page.goto(link_in(self.stage.letter(self.email, "result is there"), "/my/result/"))
        self.arrives_at(heading)
        self.sees(*texts)

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
        self.arrives_at("Verify a badge")
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

    def releases(self, passing: str, *, all_of: int = 1, never: tuple[str, ...] = ()) -> None:
        """Without names before; with them afterwards."""
        self.comes_to_the_desk()
        self.follows(re.compile(rf"Results of \d scripts? of {self.intake} can be released"))
        self.arrives_at("Results, before the release")
        self.sees(passing)
        self.never_sees(*never)
        self.unfolds("Release the results")
        self.presses(re.compile(f"^Yes, release all {all_of}"))
        self.arrives_at("Results")
        self.sees("Released", *never)

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
