"""A framework text in the shape of the real ones, with other words: gaps, fragments, repeats, run-in headings."""

from io import BytesIO

from goldenthread.catalogue.framework_notes import Known
from goldenthread.catalogue.framework_source import Line, read_lines
from goldenthread.catalogue.framework_text import FrameworkText, parse_framework

CHOIRS = Known(
    "NPQLC",
    ("Leading Choirs",),
    ("Voices", "Breath", "Rehearsal", "Repertoire", "Listening", "Concerts", "Notation"),
)
BANDS = Known("NPQLB", ("Leading Brass Bands",), ("Voices", "Valves"))
KNOWN = (CHOIRS, BANDS)

FOREIGN = """\
Stagecraft (Standard 4 – Hold the stage) | |
Learn that… | Learn how to… |
1. Singers look where their leader looks. 2. Silence before the first note is part of the piece. 3. A calm entrance settles an audience. |
Walk on to a stage in an order that everybody knows,
|
"""  # noqa: E501

TEXT = f"""\
National Professional Qualification
for Leading Choirs (NPQLC)
National Professional Qualification (NPQ): Leading Brass Bands
NPQLC gives singers' leaders what they need, among it:
- How to warm up a choir
Who sings?
Anybody with a voice and an hour a week may join one of the choirs that take part.
.jpg)
Where we meet
What is the price?
The frameworks of music
National Professional Qualification (NPQ): Leading Choirs Framework
choir masters, teachers and friends of the art.
Voices are of many kinds, which the tables below name together with what follows from
them.
Voices
Voices | |
Learn that… | Learn how to… |
1. Voices change until the end of Year 9. Choirs must allow for it. 2. A range can be widened; strain narrows it. 3. Boys’ and girls’ voices differ less than their clothes. |
Help singers to find the part that suits them
|
Breath | |
Learn that… | Learn how to… |
1. A long phrase is carried by 7. Shoulders that rise show that the air goes to |
Explain how breathing works to beginners, including by: Support singers to breathe together by: |
Rehearsal | |
Learn that… | Learn how to… |
1. Short rehearsals held often do more than 4. Singers who know the aim of an hour need |
Help colleagues to plan a carefully built, varied Help colleagues to seat a choir using plans that:
● Mix sure and unsure singers (e.g. by rows of four, changed at half time). |
Repertoire | |
Learn that… | Learn how to… |
1. A programme has a shape. It rises, rests and ends. Nobody sings well for an hour. 2. Known pieces carry the unknown ones. 3. Texts matter: what is not understood is not sung. 4. A round (e.g. for three parts) teaches hearing. |
Choose pieces by: Balance old and new (across a term and within single concerts) by: Prepare the order of a concert by: |
Listening | |
Learn that… | Learn how to… |
1. A recording tells the truth, if a late one. 2. Praise is heard longer than blame. |
Help singers to hear their own part by:
Support colleagues to judge a rehearsal fairly by: ● Playing back single bars so that singers may compare (e.g. by a model Encourage sections to hear each other without naming faults by: |
Concerts | |
Learn that… | Learn how to… |
1. Audiences forgive wrong notes and no boredom. 2. Lamps are hot. |
Plan a concert in steps by: Make the hall ready by: Deliver the concert by: |
{FOREIGN}{FOREIGN}{FOREIGN}"""  # noqa: E501


def lines(text: str) -> tuple[Line, ...]:
    return read_lines(BytesIO(text.encode()), name="choirs.txt")


def parsed(text: str = TEXT, *, programme: str = "") -> FrameworkText:
    """The sample, or another text, as the importer reads it."""
    return parse_framework(lines(text), known=KNOWN, programme=programme, name="choirs.txt")


AS_NPQLT = {
    "NPQLC": "NPQLT",
    "Leading Choirs": "Leading Teaching",
    "Leading Brass Bands": "Leading Teacher Development",
    "Voices": "School Culture",
    "Breath |": "How Pupils Learn |",
    "Rehearsal |": "Subject and Curriculum |",
    "Repertoire |": "Implementation |",
    "Listening |": "Assessment |",
    "Concerts |": "Adaptive Teaching |",
}


def text_of_npqlt() -> str:
    """The sample under the names of a programme of the catalogue and its areas."""
    text = TEXT
    for old, new in AS_NPQLT.items():
        text = text.replace(old, new)
    return text
