"""Notes at passages as a page sends them, whoever writes them: what is kept of them, and how they are listed again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from goldenthread.common.refused import Refused
from goldenthread.marking import passage_rules
from goldenthread.marking.entering import Noted
from goldenthread.web.assessor import presenting
from goldenthread.web.assessor.forms import PassagesForm

Texts = Callable[[], Mapping[str, str]]  # those of the script's parts; asked for only where they are needed


def noted_in(form: PassagesForm, known: Sequence[passage_rules.Kept], texts: Texts) -> Noted | None:
    """The notes at passages that were sent, beside those that are kept; the text is looked at only where one is at a
    new place. None where the page has none of them on it.
    """
    passages = form.passages()
    if passages is None:
        return None
    return Noted(passages, {} if passage_rules.are_known(passages, known) else texts())


def listed_in(
    form: PassagesForm, known: list[dict[str, Any]], texts: Texts
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """The notes at passages that the text shows marked, and as the page lists them: place, the passage's first words,
    note. After a refusal as they were sent; where they are what is wrong, nothing is marked.
    """
    kept, sent = known, [(place, "a passage", note) for place, note in form.given]
    if form.lost:
        return [], sent
    if form.is_bound and form.with_passages:
        try:
            noted = noted_in(form, known, texts)
            kept = noted.kept_beside(known) if noted else known
            if form.data.get("new_passage"):  # it is in the list by now
                form.data = {**form.data, "new_passage": "", "new_note": ""}
        except Refused:
            return [], sent
    return kept, presenting.listed_passages(kept)
