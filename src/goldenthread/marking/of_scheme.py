"""What belongs to a mark scheme: known scripts and who is qualified by them go by the version of the scheme by which a
window is marked, be it a case study's own or one of a project task.
"""

from typing import Any

from goldenthread.assessment.models import MarkScheme, Window


def by_scheme(window: Window, through: str = "") -> dict[str, Any]:
    """For a filter: rows of the scheme by which a window is marked, to which `through` leads ("set__"); none of a
    window whose case study isn't chosen. No query: the scheme itself needn't be loaded.
    """
    if window.task or window.case_study_id is None:
        return {f"{through}scheme": window.scheme_id}
    return {f"{through}scheme__case_study": window.case_study_id}


def tried_by_scheme(window: Window) -> dict[str, Any]:
    """For a filter of attempts: those at a set of the same scheme that wasn't withdrawn, by which alone anything
    counts.
    """
    return {**by_scheme(window, "set__"), "set__withdrawn_at": None}


def locked_scheme(window: Window) -> MarkScheme | None:
    """The scheme by which a window is marked, its row locked; None while it has none."""
    here = {"pk": window.scheme_id or 0} if window.task else {"case_study": window.case_study_id or 0}
    return MarkScheme.objects.select_for_update(of=("self",)).filter(**here).first()


def trail_of(case_study_id: int | None, scheme_id: int) -> str:
    """Under what the audit trail keeps what happens to a scheme's known scripts and markers: the case study, or the
    scheme of a project task.
    """
    return f"casestudy:{case_study_id}" if case_study_id else f"markscheme:{scheme_id}"


def is_open(window: Window) -> bool:
    """Whether what a window asks is no secret: a project task's is known from the start, a case study's never is before
    it has closed for everybody.
    """
    return bool(window.task)
