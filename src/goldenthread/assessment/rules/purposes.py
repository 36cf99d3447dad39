"""What each assessment is for: the decision that it supports, in a sentence for who is assessed (S2-35).

Ours: no specification states it. What an outcome rests on is known, and this says it.
"""


def of_case_study(*, engagement_to_pass: bool) -> str:
    """What the case study of a window is for; where engagement is asked to pass, that this decides too."""
    beside = ", together with your engagement," if engagement_to_pass else ""
    return (
        "It shows what you know of your framework, and whether you can use it in a case that is new to you. "
        f"Your result in it{beside} decides whether you are awarded the qualification."
    )


def of_task(*, tasks: int, placement: bool) -> str:
    """What a project task is for, one of so many, in the own school or on a placement."""
    where = "at a school that differs from yours" if placement else "in your own school"
    every = "each of your tasks is" if tasks > 1 else "it is"
    return (
        f"It shows what you can bring about {where}, and what you learnt from it. The qualification is awarded only if "
        f"{every} passed, with everything else on your list."
    )


def of_practice() -> str:
    """What a practice scenario is for."""
    return (
        "It shows you, and who teaches your group, what to work on before your case study. Nothing is decided by it, "
        "and no result rests on it."
    )
