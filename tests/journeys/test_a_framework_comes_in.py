"""A member of staff imports a framework, and a second one compares it and puts it in force: on a phone and at a desk.

The first person tries the example that the page offers, then a text in which one statement is new; the second one, at a
browser of their own, reads the words, sees what differs, and decides. At last the earlier words come back the same way.
"""

import re
from pathlib import Path

import pytest

from goldenthread.catalogue.framework_example import example
from tests.browser import DESKTOP, PHONE, SMALL
from tests.journeys import installation
from tests.journeys.people.office import Office
from tests.journeys.stage import Stage, takes_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
PROVIDER = "Golden Thread Demonstration Provider"
OLD, NEW = "Example: to stop something is a change too.", "Example: to stop something is a change as well."
GREETING = "a school in which people greet each other by name"


class Clerk(Office):
    """Somebody of the office with a framework's text in hand, or with somebody else's to decide."""

    role = "Programme office"

    def fits_every_screen(self, picture: str = "") -> None:
        """The page as it is now at every size; `picture` is the name of one to keep for the documentation."""
        own = self.page.viewport_size or DESKTOP
        for size, viewport in (("small", SMALL), ("phone", PHONE), ("desktop", DESKTOP)):
            self.page.set_viewport_size(viewport)
            self.stage.look_at(self.page)
            if picture and size != "small":
                takes_picture(self.page, f"{picture}-{size}")
        self.page.set_viewport_size(own)

    def comes_to_the_frameworks(self) -> None:
        self.signs_in("Desk")
        self.opens("/office/frameworks/", "Frameworks")

    def downloads_the_example(self, folder: Path) -> Path:
        self.follows("Take in a text")
        self.arrives_at("Take in a framework")
        self.sees("A statement begins with its number", "Example as a Word document (.docx)")
        with self.page.expect_download() as found:
            self.follows("Example as plain text (.txt)")
        path = folder / found.value.suggested_filename
        found.value.save_as(path)
        assert path.read_bytes() == example("txt")
        return path

    def proposes(self, path: Path) -> str:
        """From the import page to the proposal, whose address it gives."""
        self.opens("/office/frameworks/import/", "Take in a framework")
        self.page.get_by_label("The text", exact=True).set_input_files(path)
        self.presses("Read it")
        self.arrives_at("What the text holds")
        self.unfolds("School Culture")
        self.sees(GREETING, "Help colleagues to agree routines by:", "Plan a change in 3 stages by:")
        self.fits_every_screen("framework-read")
        self.fills(re.compile("^Licence"), "Made up for this journey")
        self.presses("Propose it")
        self.sees("A second person of the office puts it in force.")
        self.arrives_at("Proposed text")
        return self.page.url

    def can_not_decide(self) -> None:
        self.sees("You proposed it, so somebody else of the office puts it in force.")
        assert not self.page.get_by_role("button", name="Put it in force").count()

    def comes_to_what_waits(self, name: str, heading: str = "Proposed text") -> None:
        """From the desk, where it is told, to the proposal."""
        self.signs_in("Desk")
        self.sees("1 framework text waits for a second person")
        self.opens("/office/frameworks/", "Frameworks")
        self.follows(re.compile(name))
        self.arrives_at(heading)

    def puts_it_in_force(self, revision: int) -> None:
        self.presses("Put it in force")
        self.sees(f"In force as revision {revision}.")
        self.arrives_at(re.compile(f"revision {revision}$"))


@pytest.mark.parametrize(
    ("first", "second"), [(DESKTOP, PHONE), (PHONE, DESKTOP)], ids=["desk-phone", "phone-desk"]
)
def test_a_member_of_staff_imports_a_framework_and_a_second_one_decides(
    stage: Stage, tmp_path: Path, first: dict[str, int], second: dict[str, int]
) -> None:
    olu = Clerk(stage, "Olu Office", "olu@example.org", first)
    otto = Clerk(stage, "Otto Office", "otto@example.org", second)
    installation.is_prepared()
    installation.gets_its_first_person(olu.email, olu.name)
    olu.comes_to_the_staff()
    olu.gives_a_role(otto, PROVIDER)
    otto.accepts_the_role()

    olu.comes_to_the_frameworks()
    file = olu.downloads_the_example(tmp_path)
    olu.proposes(file)
    olu.can_not_decide()
    otto.comes_to_what_waits("framework-example.txt")
    otto.unfolds("School Culture")
    otto.sees(GREETING, "Would be lost")
    otto.puts_it_in_force(2)

    file.write_text(file.read_text().replace(OLD, NEW))
    there = olu.proposes(file)
    olu.can_not_decide()
    olu.fits_every_screen()
    otto.comes_to_what_waits("framework-example.txt")
    assert otto.page.url == there
    otto.sees("1 difference from revision 2", "Implementation, learn that 2")
    assert [one.inner_text().strip() for one in otto.page.locator("ins").all()] == ["as well."]
    otto.fits_every_screen("framework-compared")
    otto.puts_it_in_force(3)
    otto.sees(NEW)
    otto.never_sees(OLD)

    otto.opens("/office/frameworks/", "Frameworks")
    otto.follows("NPQLT reformed, revision 2")
    otto.presses("Propose to put it back")
    otto.arrives_at("Back to revision 2?")
    otto.can_not_decide()
    olu.comes_to_what_waits("revision 2", "Back to revision 2?")
    olu.sees("1 difference from revision 3")
    olu.fits_every_screen()
    olu.puts_it_in_force(4)
    olu.sees(OLD)
    olu.opens("/programmes/npqlt-reformed-international/framework/", re.compile("."))
    olu.sees(OLD)
