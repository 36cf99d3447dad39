"""The rules of a window's sample: what they are, setting them, what they would draw, and drawing a sample again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.assessment.models import Window, WindowState
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.marking import queries as marking
from goldenthread.marking.quality_queries import policy_of
from goldenthread.marking.rules import Scheme
from goldenthread.moderation import queries, sampling
from goldenthread.moderation.models import Round, SampleTerms
from goldenthread.moderation.sampling import Sample, Terms
from goldenthread.people.access import Viewer

FROZEN = "sample.rules_frozen"  # in the trail of a window
PREVIEW_SEED = "preview"  # shows about how many by lot; the seed of the draw is made up when it happens


def get_window_for(viewer: Viewer, window_id: int) -> Window:
    """A window whose sample rules are looked at or set; 404 for who isn't the office."""
    found = marking.windows().filter(pk=window_id).first()
    if found is None or not viewer.is_office:
        raise Http404("No such window.")
    return found


def tolerance_of(window: Window, scheme: Scheme) -> int:
    """By how many marks two markers of a window may differ: as its policy says, else its scheme. One query."""
    policy = policy_of(window.pk)
    return scheme.tolerance if policy.tolerance is None else policy.tolerance


def default_terms(tolerance: int) -> Terms:
    """What holds where nobody has set rules: the band is what two markers may differ by, on either side."""
    return Terms(below=tolerance, above=tolerance)


def set_terms_of(window: Window) -> SampleTerms | None:
    """The rules that the office has set for a window, if it has. One query."""
    return SampleTerms.objects.select_related("set_by").filter(window=window.pk).first()


def terms_of(window: Window, scheme: Scheme) -> Terms:
    """The rules by which a window's sample will be drawn. Two queries."""
    return terms_from(set_terms_of(window), tolerance_of(window, scheme))


def terms_from(known: SampleTerms | None, tolerance: int) -> Terms:
    """The rules that were set, or those that hold where nobody has set any."""
    return _terms(known) if known else default_terms(tolerance)


def _terms(known: SampleTerms) -> Terms:
    return Terms(**{name: getattr(known, name) for name in Terms.__dataclass_fields__})


def marked(window: Window) -> bool:
    """Whether every script of a window has its agreed marks, or had them before some were set aside."""
    return all_marked(window) or frozen(window)


def frozen(window: Window) -> bool:
    """Whether every script of a window had its marks before some were set aside. One query."""
    return AuditEvent.objects.filter(subject=audit.subject_key(window), verb=FROZEN).exists()


def is_drawn(round: Round | None) -> bool:
    """Whether a sample was drawn from some script, or has one: one that was drawn over nothing holds nothing. At most
    one query.
    """
    return round is not None and (bool(round.drawn_from) or round.sample.exists())


def drawn(window: Window) -> bool:
    """Whether the sample of a window is drawn. At most two queries."""
    return is_drawn(Round.objects.filter(window=window.pk).first())


def all_marked(window: Window) -> bool:
    """Whether every script of a window has its agreed marks now."""
    progress = marking.progress_of(window)
    return bool(progress.scripts) and progress.finished


def freeze_terms(window: Window, *, by: Any, at: datetime) -> None:
    """Keep that every script of a window had its marks, as some of them are about to be set aside: its rules stay what
    they are from now on. Twice is once.
    """
    if all_marked(window) and not drawn(window):
        terms = terms_of(window, marking.scheme_of(window))
        audit.record(FROZEN, window, by=by, at=at, rules=terms.as_dict())


@transaction.atomic
def set_terms(*, window: Window, terms: Terms, by: Any, at: datetime) -> SampleTerms:
    """Set the rules of a window's sample (S1-32); the same rules again change nothing.

    Refuses shares and bands out of range, once every script has its marks, and once the sample is drawn: one that was
    drawn while there was no script holds nothing, and neither do its rules. Refuses once the results are released.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    scheme = marking.scheme_of(window)
    known = SampleTerms.objects.select_for_update(of=("self",)).filter(window=window).first()
    if known and _terms(known) == terms:
        return known
    sampling.check_can_set(
        drawn=drawn(window), marked=marked(window), released=window.state == WindowState.RELEASED
    )
    tolerance = tolerance_of(window, scheme)
    sampling.check_terms(terms, tolerance=tolerance, most=scheme.total)
    before = terms_from(known, tolerance)
    kept, _ = SampleTerms.objects.update_or_create(
        window=window, defaults={**terms.as_dict(), "set_by": by, "set_at": at}
    )
    audit.record("sample.rules_set", window, by=by, at=at, was=before.as_dict(), now=terms.as_dict())
    return kept


def preview(window: Window, terms: Terms, *, pass_mark: int) -> Sample:
    """What rules would draw of the scripts that have their marks by now; who is drawn by lot is decided later. Two
    queries.
    """
    return sampling.draw(queries.marked_scripts(window), terms, seed=PREVIEW_SEED, pass_mark=pass_mark)


def drawn_again(round: Round, *, pass_mark: int) -> bool | None:
    """Whether the kept scripts, rules and seed of a round give its sample once more; None of a round without them.

    What joined the sample later, since marks were set aside or marked anew, isn't asked for. Two queries.
    """
    if not round.terms:
        return None
    again = sampling.completed(
        sampling.from_kept(round.drawn_from),
        [sampling.from_kept(rows) for _, rows in round.completions],
        sampling.terms_from(round.terms),
        seed=round.seed,
        pass_mark=pass_mark,
    )
    first = {one.script for one in again.drawn}
    reasons: dict[int, list[str]] = dict(round.sample.order_by("pk").values_list("script_id", "reasons"))
    joined = {script for script, found in reasons.items() if not found}
    for scripts in round.batches.filter(state="drawn").order_by("pk").values_list("scripts", flat=True):
        joined.update(scripts)
    return first <= set(reasons) <= first | joined
