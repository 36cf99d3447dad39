"""Markers, who see a script and a mark scheme and nothing else, and the moderator."""

import re

from playwright.sync_api import expect

from tests.journeys.stage import Staff

BY_KIND = {
    "Learn that: a strength": "You diagnose before you prescribe.",
    "Learn that: a next step": "Say what the evidence leaves open.",
    "Learn how to: a strength": "Your first step is small.",
    "Learn how to: a next step": "Say what you would stop doing.",
}
OF_THE_WHOLE = {
    "A strength": "You diagnose before you prescribe.",
    "A next step": "Say what you would stop doing.",
}


class Marker(Staff):
    """One of three who mark blind."""

    role, first_page = "Marker", "My queue"
    sums: tuple[str, ...] = ()
    words = BY_KIND  # what is said to the participant, by the label of its box
    reads: tuple[str, ...] = ("In our school the leaders of literacy met each half-term", "0/12", "0/8")

    def marks(self, *marks: int, never: tuple[str, ...]) -> None:
        """Mark the first script of the queue; nothing of `never` may be on any page on the way."""
        self.signs_in("My queue")
        self.never_sees(*never)
        self.follows(re.compile("^Mark "))
        self.arrives_at(re.compile("^Mark "))
        self.sees(*self.reads)
        self.never_sees(*never)
        for box, mark in zip(self.page.locator("[data-point]").all(), marks, strict=True):
            box.fill(str(mark))
        for words, said in self.words.items():
            self.fills(words, said)
        self.sees(re.compile("^Saved at"), inside="[data-saved]")

    def marks_with_keys_alone(self, *marks: int, never: tuple[str, ...]) -> None:
        """Mark and submit the first script of the queue without a mouse: figures, Enter from point to point, Tab."""
        keys = self.page.keyboard
        self.signs_in("My queue")
        self._tabs_to("Mark ")
        self.arrives_at(re.compile("^Mark "))
        self.sees(*self.reads)
        self.never_sees(*never)
        for mark in marks:  # the first figure finds the first box by itself
            keys.press(str(mark))
            keys.press("Enter")
        for said in self.words.values():
            keys.type(said)
            keys.press("Tab")
        self.sees_sums(*self.sums)
        self.sees(re.compile("^Saved at"), inside="[data-saved]")
        self._tabs_to("Submit marks")
        self._tabs_to("Yes, submit these marks")
        self.arrives_at(re.compile("is marked$"))
        self.never_sees(*never)

    def _tabs_to(self, text: str) -> None:
        """Go on by Tab until what begins with `text` has the focus, and press Enter there."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement.innerText").startswith(text):
                self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"no way by Tab to “{text}” on {self.page.url}")

    def is_refused_a_mark_out_of_range(self) -> None:
        box = self.page.locator("[data-point]").first
        kept = box.input_value()
        box.fill("7")
        self.sees("Not saved: a mark is out of range.", inside="[data-saved]")
        self.sees("0 to 6 marks, whole ones.", inside="#fault-1")
        box.fill(kept)
        self.sees(re.compile("^Saved at"), inside="[data-saved]")

    def sees_sums(self, *sums: str) -> None:
        """Two subtotals and the total (S0-37)."""
        for place, text in enumerate(sums):
            expect(self.page.locator("[data-sum], [data-total]").nth(place)).to_have_text(text)

    def submits(self, *, never: tuple[str, ...]) -> None:
        self.unfolds("Submit marks")
        self.presses("Yes, submit these marks")
        self.arrives_at(re.compile("is marked$"))
        self.never_sees(*never)


class Moderator(Staff):
    """Chidi, who looks at a sample and signs it off."""

    role, first_page = "Moderator", "Moderation"
    of = "NPQLT"
    compares: tuple[str, ...] = ("Agreed marks", "third mark", "First", "Second", "Third")
    why = "Decided by a third marker"

    def draws_the_sample(self, *, never: tuple[str, ...]) -> None:
        self.signs_in("Moderation")
        self.presses("Draw the sample")
        self.arrives_at(re.compile(f"^Sample of {self.of}"))
        self.sees("Shown after your own marks", "Open")
        self.never_sees(*never, *([self.why] if self.why else []))

    def marks_blind_and_confirms(self, *marks: int, never: tuple[str, ...]) -> None:
        """The moderator's own marks first; only then the markers' are shown, and stand."""
        self.marks_blind(*marks, never=never)
        self.chooses("The agreed marks stand")
        self.fills("Note", "They hold by the scheme.")
        self.presses("Decide")
        self.arrives_at(re.compile(f"^Sample of {self.of}"))
        self.sees(self.why, "Confirmed")

    def moderates_the_next(self, *marks: int, never: tuple[str, ...]) -> None:
        """The next script of the sample by the button of the page; the agreed marks stand."""
        self.follows(re.compile("^Moderate "))
        self._marks_blind(*marks, never=never)
        self.chooses("The agreed marks stand")
        self.fills("Note", "They hold by the scheme.")
        self.presses("Decide")
        self.arrives_at(re.compile(f"^Sample of {self.of}"))

    def marks_blind(self, *marks: int, never: tuple[str, ...]) -> None:
        self.page.get_by_role("row").nth(1).get_by_role("link").click()
        self._marks_blind(*marks, never=never)

    def _marks_blind(self, *marks: int, never: tuple[str, ...]) -> None:
        self.arrives_at(re.compile("^Moderate "))
        self.never_sees(*never, "Agreed marks", "You diagnose")
        for box, mark in zip(self.page.locator("[data-point]").all(), marks, strict=True):
            box.fill(str(mark))
        self.presses("Give my marks and show the markers'")
        self.arrives_at(re.compile("^Decide on "))
        self.sees(*self.compares)
        self.never_sees(*never)

    def signs_off(self) -> None:
        self.unfolds("Sign off")
        self.presses("Yes, sign off")
        self.sees(f"Signed off by {self.name}")
        self.arrives_at(re.compile(f"^Sample of {self.of}"))
