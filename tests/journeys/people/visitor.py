"""A visitor: compares, reads, applies, and later verifies a certificate."""

import re

from playwright.sync_api import expect

from tests.factories import NPQLT
from tests.journeys.stage import ANYTHING, Person


class Visitor(Person):
    """Somebody without an account."""

    def compares_two_programmes(self) -> None:
        self.opens("/", ANYTHING)
        self.follows("See the programmes")
        self.arrives_at("Programmes")
        self.page.check(f"#v-{NPQLT}")
        self.page.check("#v-npqh-reformed-international")
        self.presses("Compare what is ticked")
        self.arrives_at("Side by side")
        self.sees("74 h", "104 h", "£1,250", "differs")

    def comes_for_leading_teaching(self) -> None:
        self.opens("/", ANYTHING)
        self.follows("NPQLT reformed, international")
        self.arrives_at("Leading Teaching")

    def reads_about_leading_teaching(self) -> None:
        self.comes_for_leading_teaching()
        self.sees("74 h", "£1,250", "September 2024", "Starts Mon 2 Sep 2024", "Apply by Fri 16 Aug 2024")

    def enrols(self, *, name: str, email: str, school: str) -> str:
        """The five steps to the end: everything fits, so she has a place at once; gives the reference."""
        self._answers(name, email)
        self._finds_the_school(school)
        self._says_how_she_studies()
        self._checks_and_sends(name, school)
        self.arrives_at("You have a place")
        return self._reference()

    def applies(self, *, name: str, email: str, school: str) -> str:
        """The same from a school that is not in the register: the office has to look at it."""
        self._answers(name, email)
        self._names_the_school(school)
        self._says_how_she_studies()
        self._checks_and_sends(name, school)
        self.arrives_at("We have your application")
        return self._reference()

    def _answers(self, name: str, email: str) -> None:
        self.follows("Apply for September 2024")
        self._says_who_she_is(name, email)
        self._says_what_she_leads()

    def _reference(self) -> str:
        return str(self.page.locator("#receipt dd").first.inner_text())

    def _says_who_she_is(self, name: str, email: str) -> None:
        self.arrives_at("About you")
        self.fills("Your full name", name)
        self.presses("Continue")
        self.is_refused("Give an e-mail address.")
        expect(self.field("Your full name")).to_have_value(name)
        self.fills("E-mail address", email)
        self.presses("Continue")

    def _says_what_she_leads(self) -> None:
        self.arrives_at("Your role")
        self.chooses("I want to take on the role")
        self.chooses("Key stage")
        self.presses("Continue")

    def _finds_the_school(self, school: str) -> None:
        self.arrives_at("Your school")
        self.field("Find your school").press_sequentially(school.split()[1].lower())
        self.page.get_by_role("radio", name=school).check()
        self.presses("Continue")

    def _names_the_school(self, school: str) -> None:
        self.arrives_at("Your school")
        self.page.get_by_text("My school is not listed").click()
        self.page.get_by_role("radio", name="Use the name that I write here").check()
        self.page.locator("#id_school_text").fill(school)
        self.presses("Continue")

    def _says_how_she_studies(self) -> None:
        self.arrives_at("How you want to study")
        self.page.get_by_label("With whom in your school").select_option(label="Headteacher")
        self.fills(re.compile("Their name"), "Hana Head")
        self.fills(re.compile("When"), "2024-06-05")
        self.presses("Continue")

    def _checks_and_sends(self, name: str, school: str) -> None:
        self.arrives_at("Check your answers")
        self.sees(name, school, "key stage", "Headteacher, Hana Head")
        self.chooses(re.compile("professional conduct"))
        self.presses("Send application")
        self.sees("What happens next", "You start on Mon 2 Sep 2024")

    # --- long afterwards --------------------------------------------------------------------------------
    def verifies(self, code: str, *, holder: str) -> None:
        """By typing the code, in any case, and by the address behind the QR code."""
        self.opens("/verify/", "Verify an award")
        self.fills("Code on the certificate", code.lower())
        self.presses("Verify")
        self.arrives_at("This award is valid")
        self.sees(holder, "NPQLT", code)
        self.opens(f"/verify/{code}/", "This award is valid")

    def is_told_that_a_wrong_code_is_unknown(self) -> None:
        self.opens("/verify/NPQLT-2025-AAAA-AAAA-AAAA-AA/", "We don't know this code")
        self.never_sees("Amara")
