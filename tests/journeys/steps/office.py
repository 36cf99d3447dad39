"""The programme office: accepts applications, sets the window, allocates marking, releases results."""

import re
from datetime import date

from playwright.sync_api import expect

from tests.journeys.steps.stage import Person

EVENT_DAYS = ("2024-12-02", "2025-03-03", "2025-06-02")


class Office(Person):
    """Olu, who decides."""

    def comes_to_the_desk(self) -> None:
        self.signs_in("Desk")

    # --- an intake and its group ------------------------------------------------------------------------
    def opens_the_intake(self) -> None:
        self.comes_to_the_desk()
        self.follows("Intakes", inside="header")
        self.arrives_at("Intakes")
        self.follows("Open an intake")
        self.arrives_at("Open an intake")
        label = self.option("NPQLT", "international")
        self.page.get_by_label("Programme version").select_option(label=label)
        self.presses("Continue")
        self.fills("First day", "2024-09-02")
        self.fills("Applications open on", "2024-05-01")
        self.fills("Applications close on", "2024-08-16")
        self.presses("Open this intake")
        self.arrives_at(re.compile("September 2024"))

    def gives_it_a_group(self) -> None:
        """Three event days of six hours, a facilitator and a tutor."""
        self.follows("Add the first group")
        self.arrives_at("Add a group")
        self.fills("Name", "Bristol A")
        self.fills("Venue", "Hillside School, Bristol")
        self.presses("Add this group")
        self.arrives_at("Bristol A")
        for number, day in enumerate(EVENT_DAYS, start=1):
            self.fills(re.compile(f"^Date of day {number}"), day)
        self.presses("Set these days")
        self.sees("The days are set.", "6 h")
        for name, role in (("Femi Facilitator", "facilitator"), ("Tara Tutor", "tutor")):
            self.page.get_by_label("Person and role").select_option(label=self.option(name))
            self.presses("Add to the staff")
            self.sees(f"{name} works with", f"as {role} now")
        self.arrives_at("Bristol A")

    def places_everybody_and_gives_them_a_coach(self) -> None:
        self.follows("Intakes", inside="header")
        self.follows("September 2024")
        self.arrives_at(re.compile("September 2024"))
        self.page.locator("#place_group").select_option(label=self.option("Bristol A"))
        self.presses("Place all 2")
        self.sees("Everybody has a place.")
        self.page.locator("#pair_coach").select_option(label=self.option("Cora Coach"))
        self.presses("Pair all 2")
        self.sees("Cora Coach coaches", "Everybody has a coach.")
        self.arrives_at(re.compile("September 2024"))

    def option(self, *parts: str) -> str:
        """The whole label of the first option that holds all parts."""
        options = self.page.locator("option")
        for part in parts:
            options = options.filter(has_text=part)
        return str(options.first.inner_text())

    def accepts(self, applicant: str, reference: str) -> None:
        self.comes_to_the_desk()
        self.follows(re.compile("1 application waits for NPQLT September 2024"))
        self.arrives_at("Applications")
        self.follows(applicant)
        self.arrives_at(applicant)
        self.sees(reference, "Meets the entry rules", "The Aldgate School", "key stage")
        self.presses("Accept")
        self.sees(re.compile(f"{applicant} is accepted and enrolled as E-"))
        self.arrives_at(applicant)

    # --- the window -----------------------------------------------------------------------------------
    def sets_the_window(self, case: str) -> None:
        """Too early and too late are refused with the days that are allowed; then it is set (S0-33)."""
        self.comes_to_the_desk()
        self.follows("Assessment", inside="header")
        self.arrives_at("Assessment windows")
        self.follows("Set a window")
        self.arrives_at("Set a window")
        self.page.locator("select[name=intake]").select_option(label=self.option("September 2024"))
        self.presses("Continue")
        self.sees("Tue 2 Sep 2025 to Tue 25 Nov 2025")
        self._tries(date(2025, 8, 25))
        self.is_refused("Too early: 12 months after the start is Tue 2 Sep 2025")
        self._tries(date(2025, 11, 28))
        self.is_refused("Too late: day 8 would be Fri 5 Dec 2025, after Tue 2 Dec 2025")
        self.page.get_by_label("Case study").select_option(label=case)
        self._tries(date(2025, 10, 6))
        self.arrives_at("NPQLT September 2024")
        self.sees("Mon 6 Oct 2025, 00:00 (Europe/London)", "Midnight at the end of Mon 13 Oct 2025", case)

    def _tries(self, first_day: date) -> None:
        self.fills("First day", first_day.isoformat())
        self.presses("Set the window and tell everybody")

    def sees_where_every_sitting_stands(self, **states: str) -> None:
        self.comes_to_the_desk()
        self.follows("Assessment", inside="header")
        self.follows(re.compile("NPQLT September 2024"))
        self.arrives_at("NPQLT September 2024")
        for name, state in states.items():
            expect(self.page.get_by_role("row").filter(has_text=name)).to_contain_text(state)
        self.follows("Marking")
        self.arrives_at("Marking")

    # --- marks and results ------------------------------------------------------------------------------
    def shares_the_scripts_out(self) -> None:
        self.comes_to_the_desk()
        self.follows(re.compile("1 script of NPQLT September 2024 without markers"))
        self.arrives_at("Marking")
        self.presses("Allocate")
        self.sees("2 markings were allocated", "Ben Marker", "Bea Marker")
        self.never_sees("Amara")

    def releases_the_results(self) -> None:
        """Amara's and Bilal's, of whom one passes: without names before, both at once, with names after."""
        self.comes_to_the_desk()
        self.follows(re.compile(r"Results of \d scripts? of NPQLT September 2024 can be released"))
        self.arrives_at("Results, before the release")
        self.sees("1 of 2 pass")
        self.never_sees("Amara", "Bilal")
        self.unfolds("Release the results")
        self.presses("Yes, release all 2")
        self.arrives_at("Results")
        self.sees("2 results are released, 1 of them with an award", "Amara", "Bilal Baker")

    def looks_at_everything_about(self, name: str, *texts: str) -> None:
        """The person's page holds what happened, with the trail."""
        self.follows("People", inside="header")
        self.arrives_at("People")
        self.follows(name)
        self.arrives_at(name)
        self.sees(*texts)
