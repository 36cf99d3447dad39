"""Texts of the demonstration: a case study with its mark scheme, answers, tasks, feedback. All invented."""

from random import Random

CASE_TITLE = "Marlfield School: reading in every subject"
CASE_BODY = """
Marlfield is a secondary school of 840 pupils. Two years ago its leaders decided that **every subject would teach reading**.
Training was given on one day in September. Since then each department has chosen its own way.

| | Year 7 | Year 8 | Year 9 |
|---|---|---|---|
| Pupils who read below their age at the start of the year | 31 % | 34 % | 33 % |
| The same pupils at the end of the year | 27 % | 33 % | 34 % |

You have been asked to lead the work from January. This is what you have found.

- Science teachers give out a glossary with every unit. Pupils copy it; few use the words afterwards.
- In history, two teachers read difficult passages aloud with their classes and stop to ask what a sentence means. Their pupils
  talk about texts with confidence. Nobody outside the department has seen these lessons.
- New teachers say that they were told reading matters, but not what to do when a pupil can't read the page.
- The teacher who looks after pupils with special educational needs keeps records of who struggles with what. Few colleagues
  have asked to see them.
- At the last staff meeting somebody said: "We did reading last year."
"""
CASE_QUESTION = (
    "Write to the head teacher in up to the word limit. Say what you think is going well and what is not, and why; what you "
    "would do between January and July, and how you would know whether it works. Refer to what is known about how pupils "
    "learn and about changing practice in schools."
)

_OPENINGS = (
    "The school has the will to improve reading but has treated a change of practice as a day of training.",
    "The figures say that two years of effort have moved very little, and that what moved faded by Year 9.",
    "Marlfield already owns the practice it needs: it happens in two history classrooms that nobody visits.",
)
_BODY = (
    (
        "Pupils meet new words in the glossary without using them, so the words are soon lost; knowledge stays when it is "
        "recalled and put to work in sentences that carry meaning."
    ),
    (
        "Reading a passage aloud together and stopping to ask what a sentence means shows pupils how a reader thinks, and takes "
        "some of the load from those who still decode slowly."
    ),
    (
        "New teachers were given a value and not a routine. They need a model, time to rehearse it, and somebody who watches "
        "and talks with them afterwards."
    ),
    (
        "The records of the teacher for special educational needs should shape the plan, so that support is given in the lesson "
        "and pupils are not sent elsewhere to learn something else."
    ),
    (
        "From January I would work with science and geography only, six teachers in all, meeting every second week to plan one "
        "passage, teach it, and look at what pupils wrote."
    ),
    (
        "I would ask the two history teachers to open their classrooms and to co-plan, since colleagues trust what they see "
        "with the pupils whom they themselves teach."
    ),
    (
        "By Easter I would look at three things: whether the routine is used as intended, what pupils can now explain about a "
        "text, and how much of teachers' time it takes. Only then would I widen the group."
    ),
    (
        "To keep the workload fair I would take something away: the glossaries would stop, and one meeting a half-term would be "
        "given over to planning together."
    ),
    "A short reading test at the start and the end would be marked by somebody who does not know which class it is from.",
    "The governors should hear early that the first months will show a change in lessons before a change in results.",
)


def script_text(random: Random, words: int) -> str:
    """An answer of exactly `words` words, in paragraphs of whole sentences as far as the count allows."""
    paragraphs, left, pool = [], words, [random.choice(_OPENINGS)]
    while left > 0:
        sentences: list[str] = []
        while len(sentences) < 3 and left > 0:
            pool = pool or random.sample(_BODY, len(_BODY))
            cut = pool.pop().split()[:left]
            left -= len(cut)
            sentences.append(" ".join(cut))
        paragraphs.append(" ".join(sentences))
    return "\n\n".join(paragraphs)


POINTS = {
    "learn_that": "Explains this in own words and points to where the case shows it.",
    "learn_how_to": "Says how to do this at the school of the case: who, when, and how one would know.",
}

TASK_TEXTS = (
    {
        "context": "Year 8 mathematics, two classes with a wide range of starting points, taught by three teachers.",
        "application": "We planned one shared lesson a week, agreed the two questions everybody would ask, and compared answers.",
        "evidence": "Exit questions from four weeks; the share of right answers rose from 48 to 63 in a hundred.",
        "reflection": "Agreeing the questions mattered more than agreeing the slides.",
    },
    {
        "context": "A primary school with two forms a year; I lead English in the upper years.",
        "application": "I modelled reading a hard paragraph aloud, then watched two colleagues do it and talked it through.",
        "evidence": "Notes of both visits, and six pieces of pupils' writing before and after.",
        "reflection": "Next time I would choose the text together with the teacher.",
    },
    {
        "context": "A special school; my team supports pupils with communication and interaction needs.",
        "application": "We replaced three different timetables by one with the same signs in every room.",
        "evidence": "Counts of calm starts to lessons over five weeks, kept by two assistants.",
        "reflection": "The staff needed the new routine explained as often as the pupils did.",
    },
)
FEEDBACK = (
    (
        "You name the practice exactly, so that a colleague could repeat it.",
        "Say how you will know whether it lasts.",
    ),
    ("Your evidence was gathered before and after.", "Look at two pupils closely as well as at the average."),
    ("The context makes clear why this mattered now.", "Write down what you would stop doing to make room."),
)
COACHING_FOCUS = (
    (
        "Leading a planning meeting",
        "You left time for others to think before you spoke. The purpose of the meeting could be clearer at the start.",
        "Open the next meeting with one question on a card.",
    ),
    (
        "Feedback to a new colleague",
        "Your praise was specific. Choose one next step instead of three, and rehearse it together.",
        "Visit the same lesson again in two weeks.",
    ),
    (
        "Keeping a change going",
        "You have evidence that the routine is used. Plan now for the colleague who joins at Easter.",
        "Write the routine on one page with the team.",
    ),
)
