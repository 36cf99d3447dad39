"""The case studies of the demonstration, each with what its answers are made of. All invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One case study: what is unseen, and sentences from which answers to it are put together."""

    title: str
    body: str
    question: str
    openings: tuple[str, ...]
    sentences: tuple[str, ...]


ANYWHERE = (
    (
        "I would start with six colleagues who are willing, meet every second week, and widen the group only when the first "
        "lessons look as we agreed."
    ),
    "To keep the workload fair something has to go: one meeting each half-term would be given over to planning together.",
    (
        "By Easter I would look at three things: whether the practice is used as intended, what pupils can now explain, and how "
        "much of teachers' time it takes."
    ),
    "The governors should hear early that lessons will change before results do.",
    "Colleagues trust what they see with the pupils whom they themselves teach, so I would ask for open doors before slides.",
    "A change like this lasts when it is rehearsed, watched and talked about, and fades when it is announced.",
)

READING = Case(
    title="Marlfield School: reading in every subject",
    body="""
Marlfield is a secondary school of 840 pupils. Two years ago its leaders decided that **every subject would teach reading**.
Training was given on one day in September. Since then each department has chosen its own way.

| | Year 7 | Year 8 | Year 9 |
|---|---|---|---|
| Pupils who read below their age at the start of the year | 31 % | 34 % | 33 % |
| The same pupils at the end of the year | 27 % | 33 % | 34 % |

You have been asked to lead the work from January. This is what you have found.

- Science teachers give out a glossary with every unit. Pupils copy it; few use the words afterwards.
- In history, two teachers read difficult passages aloud with their classes and stop to ask what a sentence means. Their
  pupils talk about texts with confidence. Nobody outside the department has seen these lessons.
- New teachers say that they were told reading matters, but not what to do when a pupil can't read the page.
- The teacher who looks after pupils with special educational needs keeps records of who struggles with what. Few
  colleagues have asked to see them.
- At the last staff meeting somebody said: "We did reading last year."
""",
    question=(
        "Write to the head teacher. Say what you think is going well and what is not, and why; what you would do between "
        "January and July, and how you would know whether it works. Refer to what is known about how pupils learn and about "
        "changing practice in schools."
    ),
    openings=(
        "The school has the will to improve reading but has treated a change of practice as a day of training.",
        "The figures say that two years of effort have moved very little, and that what moved faded by Year 9.",
        "Marlfield already owns the practice it needs: it happens in two history classrooms that nobody visits.",
    ),
    sentences=(
        (
            "Pupils meet new words in the glossary without using them, so the words are soon lost; knowledge stays when it is "
            "recalled and put to work in sentences that carry meaning."
        ),
        (
            "Reading a passage aloud together and stopping to ask what a sentence means shows pupils how a reader thinks, and "
            "takes some of the load from those who still decode slowly."
        ),
        (
            "New teachers were given a value and not a routine. They need a model, time to rehearse it, and somebody who watches "
            "and talks with them afterwards."
        ),
        (
            "The records of the teacher for special educational needs should shape the plan, so that support is given in the "
            "lesson and pupils are not sent elsewhere to learn something else."
        ),
        "A short reading test at the start and the end would be marked by somebody who does not know which class it is from.",
    ),
)

RETRIEVAL = Case(
    title="Eastgate Academy: questions that everybody answers",
    body="""
Eastgate is an all-through school in a coastal town. Its mathematics team of nine agreed last spring to **begin every lesson
with five questions on earlier work**. You lead the team from this term. After two terms you have visited all nine.

- All nine begin with five questions. In five rooms the teacher reads out the answers and pupils tick their own work.
- In three rooms the questions are all on the lesson before. In one they are the same for all classes of a year.
- Two teachers let pupils answer on small boards and change the lesson when many are wrong. They say it costs them ten
  minutes, and that they would not go back.
- A survey of pupils: 71 of 100 "usually know the answer before the question is finished".

| Share of right answers in the common test | October | March |
|---|---|---|
| Topics taught this year | 64 % | 66 % |
| Topics taught last year | 41 % | 42 % |

Three of the nine will retire or move within two years. The head teacher asks why the scores have not moved.
""",
    question=(
        "Explain to the head teacher what the team is doing and what it is not, and why the scores look as they do. Say what "
        "you would change with the team in the next two terms, in which order, and by what you would judge it."
    ),
    openings=(
        "Every lesson at Eastgate begins with five questions, and in most of them nobody has to remember anything.",
        "The team took up the form of the practice and left out the part that makes it work.",
        "Last year's topics stand where they stood in October, which is what one would expect of questions on yesterday.",
    ),
    sentences=(
        (
            "Bringing something back from memory strengthens it only if it has begun to fade; a question on yesterday's lesson "
            "asks for little and gives little."
        ),
        "When a pupil ticks an answer that was read out, neither the pupil nor the teacher learns whether it was known.",
        "The two colleagues with the small boards use answers to decide what to teach next, which is what checking is for.",
        "I would ask the team to write the ten questions for each half-term together, drawn from three earlier units.",
        "The survey and the test say the same thing: the questions are easy, and ease is taken for learning.",
    ),
)

WRITING = Case(
    title="Harrow Lane Primary: the same lesson in four classrooms",
    body="""
Harrow Lane has two classes in each year. You are to lead teaching in Years 3 and 4, where four teachers plan writing
together every Thursday. The plans are careful. The lessons differ more than anybody expected.

- Anya models a paragraph aloud and crosses out as she goes. Her pupils write less, and rewrite more.
- Ben shows a finished text, lists what makes it good, and lets pupils start. A third of the class waits for help.
- Carol groups the pupils by their spring results. The lowest group has copied sentences from the board since September.
- Dev is in his first year. He keeps to the slides, which take forty of the fifty minutes.

The literacy governor has seen books from all four classes and asks why "the same lesson" looks so different. Two pupils who
joined in January from other countries are in Carol's lowest group; both read well in their first language.
""",
    question=(
        "Write to the four teachers' head teacher. What do you see, and what does each teacher need? Say what you would do in "
        "the spring and summer terms, how you would treat the four fairly, and what would show you that pupils write better."
    ),
    openings=(
        "The four teachers share a plan and do not share an idea of what the lesson is for.",
        "The plan says what pupils will do; it doesn't say what they should be thinking about.",
        "What differs most between the four rooms is who gets to see how a writer decides.",
    ),
    sentences=(
        "Anya's crossing out is the lesson: pupils who see a choice being made can make one themselves.",
        "Ben's list describes good writing to those who can already do it; the others need it taken apart, step by step.",
        "A group that copies all year can't catch up, because it is never asked to do the thing that it is behind in.",
        (
            "The two pupils who joined in January were placed by their English and not by what they can do; I would look at "
            "their writing in both languages first."
        ),
        "Dev needs fewer slides and one well-chosen question, tried with a colleague in the room who then says what they saw.",
    ),
)

HOMEWORK = Case(
    title="Wick Hill School: homework that nobody reads",
    body="""
Wick Hill is a small rural secondary school. Its policy says that each subject sets homework **every week**. A parent governor
counted: in one week Year 9 was set eleven pieces. You teach geography and have been asked to lead a review.

| | Set last half-term | Handed in | Read by a teacher |
|---|---|---|---|
| Year 7 | 214 | 81 % | 38 % |
| Year 9 | 236 | 57 % | 31 % |

- Most pieces finish what the lesson didn't. The slower pupils therefore have the most.
- In languages, ten words are learned each night and asked the next morning, without marks. Nearly everybody does it.
- Eighteen families have no quiet room. The library closes at half past three because nobody is there to open it.
- Teachers say that they set it because the policy says so.
""",
    question=(
        "Advise the leadership team. Which homework is worth having, and which would you stop? Describe what you would try in "
        "Year 9 between now and summer, with whom, and how you would find out whether pupils learn more."
    ),
    openings=(
        "Wick Hill counts homework by how much is set, and hardly anybody knows what it does.",
        "The policy asks for a piece a week, and gets one; it doesn't ask what pupils should remember because of it.",
        "The best homework in the school takes ten minutes and is never marked.",
    ),
    sentences=(
        "Work that finishes the lesson gives most to do to those who understood least, alone and without help.",
        "Ten words asked again the next morning are practice with an answer soon after it, which is why they stick.",
        "What nobody reads teaches pupils that nobody reads it; a third of the pieces could go and nothing would be lost.",
        "An open library until five costs one duty a week and does more for eighteen families than any policy.",
        "I would agree with four subjects that Year 9 gets one short piece on earlier work a week, asked again in class.",
    ),
)

INDUCTION = Case(
    title="Orchard Vale: three new teachers and one mentor",
    body="""
Orchard Vale took on three teachers in their first year. Their mentor, Sam, teaches full time and meets each of them once a
week after school. You lead teacher development for the trust and visit in November.

- **Farida** gets long notes after each visit: eleven points last time. She has tried to act on all of them at once.
- **Greg** says that the meetings are friendly. His targets have been "behaviour" since September.
- **Helena** was shown a routine for starting lessons, tried it with Sam as the pupil, and was seen using it two days later.
  It is the only routine that any of the three still uses.

Sam's hours were cut from three a week to one and a half when a colleague fell ill. Nobody told the trust. The head teacher
says that all three "are doing fine", and two of them have looked at posts elsewhere.
""",
    question=(
        "Write to the head teacher and to Sam. What helps a new teacher get better, and what here gets in the way? Set out what "
        "should change by February, what you would do yourself, and what you would ask the trust for."
    ),
    openings=(
        "One routine out of three new teachers' first term has lasted, and the case says exactly why.",
        "Sam works hard at feedback and has hardly any time for practice.",
        "The three are not doing fine: they are being left to work it out.",
    ),
    sentences=(
        "Eleven points are none: a new teacher can hold one change in mind while thirty pupils are in the room.",
        "“Behaviour” names a worry and not a thing to do; Greg needs one moment of one lesson, described and rehearsed.",
        "Helena saw a model, practised with somebody safe, and was watched soon after; I would make this the pattern for all.",
        "The hours are the condition for everything else, so I would first have them given back and protected in writing.",
        "Mentors need somebody too: I would sit in on one of Sam's meetings each month and plan the next with him.",
    ),
)

ROUTINES = Case(
    title="Northfield College: calm corridors, noisy lessons",
    body="""
Northfield brought in a behaviour policy with five steps, from a warning to a day in the *reset room*. Corridors are calm. The
number of pupils sent to the room has risen each half-term, and a quarter of them are there for the third time.

| | Autumn 1 | Autumn 2 | Spring 1 |
|---|---|---|---|
| Pupils sent out of lessons | 88 | 121 | 143 |
| of these, pupils with special educational needs | 31 | 52 | 69 |
| Lessons from which nobody was sent | 72 % | 69 % | 70 % |

- Six teachers account for more than half of those sent out. Four of them are new this year.
- In drama and in science pupils line up, come in to a task on the table, and start. Nobody was sent out of either.
- The reset room is staffed by whoever is free. Pupils copy the school's values.
- Parents of three pupils have asked for a meeting.
""",
    question=(
        "You are to lead behaviour and culture from April. Write to the principal: what do the figures say, whom does the policy "
        "serve badly, and what would you do in one term? Say how you would work with the six teachers and with the parents."
    ),
    openings=(
        "The policy keeps corridors calm and sends the trouble, with the pupils, into one room.",
        "Seven lessons in ten need no reset room at all, and six teachers need more than a list of steps.",
        "Half of those sent out have special educational needs, which is a question to the school before it is one to them.",
    ),
    sentences=(
        "Pupils behave as they have been taught to in that room: the task on the table is a routine, and it was practised.",
        "A step that is used a third time on the same pupil has not worked twice, and the fourth will not teach them either.",
        "The four new teachers need the start of a lesson rehearsed with somebody, and a visit in the week that follows.",
        "For the pupils with special educational needs I would ask what the lesson demands before asking what the pupil did.",
        "The parents know what their children say about the room; I would listen to them before the plan is written.",
    ),
)

FEDERATION = Case(
    title="Two schools, one timetable: the Alder federation",
    body="""
Alder High and Alder Park, six miles apart, have shared a head teacher since September. You are the senior leader who answers
for the curriculum of both. The governors want **one curriculum by next year**.

| | Alder High | Alder Park |
|---|---|---|
| Pupils | 1,120 | 430 |
| Teachers who teach outside their subject | 6 % | 29 % |
| Teachers who left last year | 9 % | 24 % |
| Pupils whose reading is below their age at entry | 22 % | 41 % |

- Park's staff hear "one curriculum" as "High's curriculum". High's slides were sent over in October and are little used.
- Park's two science teachers wrote a course on local rivers. Its pupils choose science more often than High's do.
- A shared planning day was held at High, on Park's open evening.
- There is money for one extra post, for two years.
""",
    question=(
        "Prepare your paper for the head teacher. Name the problem that comes first, what you would do about it and what you "
        "would leave alone; say on what knowledge of how schools improve your choice rests; and plan the first year, with "
        "people, money, milestones and what would make you change course."
    ),
    openings=(
        "The governors ask for one curriculum, while the first problem is that Park can't keep its teachers.",
        "A third of Park's lessons are taught outside the teacher's subject, and no set of slides mends that.",
        "Two schools that have hardly met are being asked to agree on what to teach.",
    ),
    sentences=(
        "Slides carry a lesson only to those who know why it is built like that; what should travel is the planning.",
        "The river course shows that Park has something to give, and beginning there would say so better than a speech.",
        "I would put the post into subject leadership across both schools, in the subject with most teachers outside their own.",
        "What is shared should be little at first: the order of ideas in three subjects, and one assessment each half-term.",
        "If fewer than half of the pairs have planned together by Christmas I would stop and ask what stands in the way.",
    ),
)

# Which scene sits what: no two cohorts have the same, and leadership has other cases than the specialists.
# Nobody sits it: it was withdrawn after a page of it was found in a printer.
LEFT_IN_A_PRINTER = Case(
    title="Two halls and one budget: the Corran trust",
    body="""
The Corran trust runs two primary schools a mile apart. Each has a hall, a kitchen and a head; they share a budget, a business
manager and, since September, a **reading lead** who spends two days a week in each.

Teachers in both schools say that they value her visits. Neither head knows what she is to have achieved by summer.
""",
    question="What should the trust expect of a shared lead, and how would you find out whether it works?",
    openings=(),
    sentences=(),
)

BY_SCENE = {
    "lt-awarded": READING,
    "lt-marking": RETRIEVAL,
    "lt-sitting": WRITING,
    "lt-learning": HOMEWORK,
    "ltd-moderation": INDUCTION,
    "lbc-release": ROUTINES,
    "sl-soon": FEDERATION,
}
BY_TITLE = {case.title: case for case in BY_SCENE.values()}
