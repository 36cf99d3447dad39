"""Texts of the demonstration: answers, mark points, tasks, feedback. All invented."""

from random import Random

from goldenthread.demonstration.cases import ANYWHERE, Case


def script_text(random: Random, words: int, case: Case) -> str:
    """An answer to `case` of exactly `words` words, in paragraphs of whole sentences as far as the count allows."""
    paragraphs, left, pool = [], words, [random.choice(case.openings)]
    said = (*case.sentences, *ANYWHERE)
    while left > 0:
        sentences: list[str] = []
        while len(sentences) < 3 and left > 0:
            pool = pool or random.sample(said, len(said))
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
