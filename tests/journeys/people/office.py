"""The programme office: accepts applications, sets the window, allocates marking, releases results."""

import re
from datetime import date

from playwright.sync_api import expect

from tests.journeys.stage import Staff

EVENT_DAYS = ("2024-12-02", "2025-03-03", "2025-06-02")


class Office(Staff):
    """Olu, who decides."""

    first_page = "Desk"

    def comes_to_the_desk(self) -> None:
        self.signs_in("Desk")

    # --- organisations and people with roles ------------------------------------------------------------
    def comes_to_the_staff(self) -> None:
        self.comes_to_the_desk()
        self.follows("Staff and roles")
        self.arrives_at("Staff")

    def adds_an_organisation(self, name: str, *does: str) -> None:
        """An organisation with what it does; the page goes on to its first person."""
        self.follows("Add an organisation")
        self.arrives_at("Add an organisation")
        self.fills("Name", name)
        for one in does:
            self.chooses(one)
        self.presses("Add the organisation")
        self.arrives_at("Add a person")
        expect(self.field("Organisation or school")).to_have_value(name)
        self.follows("Staff")
        self.arrives_at("Staff")

    def gives_a_role(self, person: Staff, organisation: str) -> None:
        """From the list of staff and back to it: the role of a newcomer, who gets a mail with a link."""
        self.follows("Add a person")
        self.arrives_at("Add a person")
        self.fills("Full name", person.name)
        self.fills("E-mail address", person.email)
        self.selects("Role", person.role)
        self.fills("Organisation or school", organisation)
        self.presses("Add the person")
        self.sees(person.name, "A mail tells them.")
        self.arrives_at("Staff")

    # --- an intake and its group ------------------------------------------------------------------------
    def opens_the_intake(self) -> None:
        self.comes_to_the_desk()
        self.follows("Intakes", inside="header")
        self.arrives_at("Intakes")
        self.follows("Open an intake")
        self.arrives_at("Open an intake")
        self.selects("Programme version", "NPQLT", "international")
        self.presses("Continue")
        self.fills("First day", "2024-09-02")
        self.fills("Applications open on", "2024-05-01")
        self.fills("Applications close on", "2024-08-16")
        self.presses("Open this intake")
        self.arrives_at(re.compile("September 2024"))

    def gives_it_a_group(self, *, partner: str, facilitator: str, tutor: str) -> None:
        """Three event days of six hours, a facilitator and a tutor."""
        self.follows("Add the first group")
        self.arrives_at("Add a group")
        self.fills("Name", "Bristol A")
        self.selects(re.compile("^Delivery partner"), partner)
        self.fills("Venue", "Hillside School, Bristol")
        self.presses("Add this group")
        self.arrives_at("Bristol A")
        for number, day in enumerate(EVENT_DAYS, start=1):
            self.fills(re.compile(f"^Date of day {number}"), day)
        self.presses("Set these days")
        self.sees("The days are set.", "6 h", partner)
        for name, role in ((facilitator, "facilitator"), (tutor, "tutor")):
            self.selects("Person and role", name)
            self.presses("Add to the staff")
            self.sees(f"{name} works with", f"as {role} now")
        self.arrives_at("Bristol A")

    # --- admission ---------------------------------------------------------------------------------------
    def accepts(self, applicant: str, reference: str, school: str) -> None:
        """Look at one application whole, then accept it."""
        self.comes_to_the_desk()
        self.follows(re.compile("1 application waits for NPQLT September 2024"))
        self.arrives_at("Applications")
        self.follows(applicant)
        self.arrives_at(applicant)
        self.sees(
            reference, "Meets the entry rules", school, "key stage", "It waits for you because the school"
        )
        self.presses("Accept")
        self.sees(re.compile(f"{applicant} is accepted and enrolled as E-"))
        self.arrives_at(applicant)

    def places_everybody_and_gives_them_a_coach(self, coach: str) -> None:
        self.follows("Intakes", inside="header")
        self.follows("September 2024")
        self.arrives_at(re.compile("September 2024"))
        self.selects("Group", "Bristol A")
        self.presses("Place all 2")
        self.sees("Everybody has a place.")
        self.selects("Coach", coach)
        self.presses("Pair all 2")
        self.sees(f"{coach} coaches", "Everybody has a coach.")
        self.arrives_at(re.compile("September 2024"))

    # --- the window -----------------------------------------------------------------------------------
    def sets_the_window(self, title: str) -> None:
        """Too early and too late are refused with the days that are allowed; then it is set (S0-33), with a case study
        whose title the office never sees (S0-38).
        """
        self.comes_to_the_desk()
        self.follows("Assessment", inside="header")
        self.arrives_at("Assessment windows")
        self.follows("Set a window")
        self.arrives_at("Set a window")
        self.selects("Intake", "September 2024")
        self.presses("Continue")
        self.sees("Tue 2 Sep 2025 to Tue 25 Nov 2025")
        self._tries(date(2025, 8, 25))
        self.is_refused("Too early: 12 months after the start is Tue 2 Sep 2025")
        self._tries(date(2025, 11, 28))
        self.is_refused("Too late: day 8 would be Fri 5 Dec 2025, after Tue 2 Dec 2025")
        self.selects(re.compile("^Case study"), "Case study")
        self.never_sees(title)
        self._tries(date(2025, 10, 6))
        self.presses(re.compile("^Set the window and tell"))
        self.arrives_at("NPQLT September 2024")
        self.sees(
            re.compile(r"Mon 6 Oct 2025, 00:00 \("),
            "Midnight at the end of Mon 13 Oct 2025",
            re.compile(r"Case study \d"),
        )
        self.never_sees(title)

    def _tries(self, first_day: date) -> None:
        self.fills("First day", first_day.isoformat())
        self.presses("See who would be booked")

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

    def compares_the_scripts(self, intake: str = "NPQLT September 2024") -> None:
        """What the desk asks for before results can be released."""
        self.comes_to_the_desk()
        self.follows(re.compile(rf"\d scripts? of {intake} not compared with each other"))
        self.presses("Compare now")
        self.sees("compared, also with")

    def comes_to_the_results(self) -> None:
        self.comes_to_the_desk()
        self.follows(re.compile(r"Results of \d scripts? of NPQLT September 2024 can be released"))
        self.arrives_at("Results, before the release")

    def sees_that_engagement_is_short(self) -> None:
        """66.5 of 74 hours: one person's marks would do, and nobody passes (S0-40)."""
        self.comes_to_the_results()
        self.sees("Results of 2 people", "Engagement is only counted above")
        self.never_sees("Amara", "Bilal", "66 h 30 min of 74 h")

    def corrects_the_credit(self, name: str, activity: str, *, minutes: int, reason: str) -> None:
        """By a further entry beside the first, with a reason that the participant can read."""
        self.looks_at_everything_about(name)
        self.unfolds("Face-to-face events")
        self.page.get_by_role("row").filter(has_text=activity).get_by_role("link", name="Correct").click()
        self.arrives_at("Correct a credit")
        self.fills("Minutes", str(minutes))
        self.fills("Why is it corrected?", reason)
        self.presses("Correct the credit")
        self.sees("Corrected.", "66 h 36 min of 74 h", reason)
        self.arrives_at(name)

    def releases_the_results(self) -> None:
        """Amara's and Bilal's, of whom one passes: without names before, both at once, with names after."""
        self.comes_to_the_results()
        self.sees("Results of 2 people")
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
