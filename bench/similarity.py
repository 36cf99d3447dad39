"""Workload: the scripts of a window compared, 14,000 of 1,500 words, with copies planted that must all be found.

Every script quotes the case; every hundredth has a tenth of another one's text. What is measured is what the office's
button does: fingerprints of scripts that have none, the pairs, word by word what they share, and the questions written
down. The memory is the most that the process ever held, the making of the scripts included.
"""

import hashlib
import random
import resource
import sys
import time
from datetime import datetime, timedelta

from bench import data, figures
from goldenthread.assessment import sealed
from goldenthread.assessment.models import CaseStudy, Script, Sitting, SittingState, Window
from goldenthread.assessment.opened import CaseText
from goldenthread.assessment.words import RULE
from goldenthread.common import clock
from goldenthread.integrity import actions
from goldenthread.integrity.models import Fingerprint, Flag
from goldenthread.people.models import User

SIZE, QUICK_SIZE = 14_000, 600
WORDS, QUOTED, COPIED = 1_500, 200, 150
EVERY = 100  # one script in so many has a copied tenth
AT_ONCE = 1_000
SOUNDS = ("ba", "co", "de", "fi", "gu", "la", "me", "no", "pi", "ru", "sa", "te", "vo", "wi", "zu")


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Measure twice: with every fingerprint still to be made, and with all of them there."""
    at, size = clock.now(), QUICK_SIZE if quick else SIZE
    office = data.make_office(at)
    window, planted = _make(size, office=office, at=at)
    data.settle()
    found = []
    for case in ("from the texts", "from the fingerprints"):
        begun = time.perf_counter()
        actions.compare(window=window, by=office, at=at)
        seconds = time.perf_counter() - begun
        flags = set(Flag.objects.order_by("pk").values_list("script", "other"))
        found.append(
            figures.similarity(
                database,
                size,
                case,
                seconds=seconds,
                megabytes=_megabytes(),
                planted=len(planted),
                missed=len(planted - flags),
                false=len(flags - planted),
            )
        )
        Flag.objects.all().delete()
    if Fingerprint.objects.count() != size:
        raise SystemExit("not every script has a fingerprint")
    return found


def _megabytes() -> float:
    """The most memory that this process ever held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


class Writer:
    """Writes scripts as people do: from some thousand words, a few of them often, and short phrases that recur."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        vocabulary = sorted({"".join(self.random.choices(SOUNDS, k=1 + n % 4)) for n in range(12_000)})
        self.random.shuffle(vocabulary)
        often = [1 / (place + 1) for place in range(len(vocabulary))]
        self.stream = self.random.choices(vocabulary, often, k=1_000_000)
        self.case = self.random.choices(vocabulary, k=2_000)

    def words(self, count: int) -> list[str]:
        """So many words, in phrases of three to six."""
        found: list[str] = []
        while len(found) < count:
            at = self.random.randrange(len(self.stream) - 6)
            found += self.stream[at : at + self.random.randint(3, 6)]
        return found[:count]

    def script(self) -> list[str]:
        """A script that quotes the case somewhere."""
        at = self.random.randrange(len(self.case) - QUOTED)
        written = self.words(WORDS - QUOTED)
        place = self.random.randrange(len(written))
        return [*written[:place], *self.case[at : at + QUOTED], *written[place:]]


def _make(size: int, *, office: User, at: datetime) -> tuple[Window, set[tuple[int, int]]]:
    """A closed window with its scripts, and the pairs of which the second has a tenth of the first."""
    writer = Writer(1)
    opened = at - timedelta(days=20)
    starts = [(at - timedelta(days=420)).date()]
    intake = data.make_intakes(at, starts=starts, keys=data.VERSIONS[:1])[0]
    people = data.make_people(size, [intake], office=office, at=at, withdrawn=False)
    case = CaseStudy.objects.create(
        version=intake.version, state="published", author=office, created_at=at, published_at=at, published_by=office,
        unlocked_at=at,
    )  # fmt: skip
    sealed.seal_text(case, CaseText("A school", " ".join(writer.case), "What is to be done?"))
    case.save(update_fields=["sealed"])
    window = Window.objects.create(
        intake=intake, case_study=case, opens_on=opened.date(), word_limit=WORDS, word_rule=RULE, created_at=at,
        created_by=office,
    )  # fmt: skip
    planted: set[tuple[int, int]] = set()
    for start in range(0, size, AT_ONCE):
        sittings = Sitting.objects.bulk_create(
            Sitting(
                window=window, enrolment_id=number, code=f"S{number}", opens_at=opened,
                closes_at=opened + timedelta(days=8), zone=window.zone, state=SittingState.HANDED_IN,
            )
            for number in people[start : start + AT_ONCE]
        )  # fmt: skip
        texts = [writer.script() for _ in sittings]
        pairs = range(0, len(texts) - 1, EVERY)
        for place in pairs:
            # A tenth that both have: at the beginning of the one, at the end of the other.
            own = writer.words(COPIED)
            texts[place] = own + texts[place]
            texts[place + 1] = texts[place + 1] + own
        made = Script.objects.bulk_create(
            _script(*pair, at=opened) for pair in zip(sittings, texts, strict=True)
        )
        planted |= {(made[place].pk, made[place + 1].pk) for place in pairs}
    return window, planted


def _script(sitting: Sitting, words: list[str], *, at: datetime) -> Script:
    text = " ".join(words)
    return Script(
        sitting=sitting, number=1, key="bench", text=text, words=len(words), word_rule=RULE,
        sha256=hashlib.sha256(text.encode()).hexdigest(), own_work=True, received_at=at + timedelta(days=7),
    )  # fmt: skip
