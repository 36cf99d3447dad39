"""What a new revision of a framework takes over from the one before: what hangs on statements whose words are the same.

What hung on a statement that has changed or gone stays with the earlier one, and is named for a person to look at.
"""

from collections import defaultdict

from django.db.models import Q, QuerySet

from goldenthread.catalogue.models import EvidenceUse, Framework, Statement, StatementLink, Variant

_VARIANT = (
    "context", "locality", "phase", "version", "text", "reason", "change_note", "effective_from", "review_by",
    "written_by_id", "written_at",
)  # fmt: skip

Words = tuple[str, str, str]
Heirs = dict[int, Statement]
Left = defaultdict[int, list[str]]


def carry_over(before: Framework, after: Framework) -> list[str]:
    """Highlights, review days, sources, variants with all their versions, and links of statements that stand in the
    new revision word for word in the same area. Returns a note for each statement that left something behind.
    """
    old, left = _carry(before, after, set())
    return [_note(one, left[one.pk]) for one in old if left[one.pk]]


def _carry(before: Framework, after: Framework, without: set[Words]) -> tuple[list[Statement], Left]:
    """Carries, and gives the statements of `before` and what stayed with each of them."""
    old = [one for one in _statements(before) if words_of(one) not in without]
    by_words = {words_of(one): one for one in reversed(old)}  # of two alike the first
    pairs = [(was, one) for one in _statements(after) if (was := by_words.get(words_of(one))) is not None]
    changed = []
    for was, one in pairs:
        if was.highlighted or was.review_by:
            one.highlighted, one.review_by = was.highlighted and one.complete, was.review_by
            changed.append(one)
    Statement.objects.bulk_update(changed, ["highlighted", "review_by"])
    heirs = {was.pk: one for was, one in pairs}
    left: defaultdict[int, list[str]] = defaultdict(list)
    _carry_sources(before, heirs, left)
    _carry_variants(before, heirs, left)
    _carry_links(before, heirs, left)
    return old, left


def carry_back(earlier: Framework, after: Framework, *, unless: Framework) -> None:
    """What hung on an earlier revision comes back with its words, but for those that `unless` has: it was carried over
    from there, as it was changed since.
    """
    there = {words_of(one) for one in _statements(unless)}
    _carry(earlier, after, there)


def _statements(framework: Framework) -> QuerySet[Statement]:
    return Statement.objects.filter(area__framework=framework).select_related("area").order_by("pk")


def words_of(one: Statement) -> Words:
    """By what a statement is the same one in another revision: its area, kind and words."""
    return one.area.key, one.kind, " ".join(one.text.split())


def _carry_sources(before: Framework, heirs: Heirs, left: Left) -> None:
    uses = EvidenceUse.objects.filter(statement__area__framework=before).order_by("pk")
    made = []
    for statement, evidence in uses.values_list("statement", "evidence"):
        if statement in heirs:
            made.append(EvidenceUse(evidence_id=evidence, statement=heirs[statement]))
        else:
            left[statement].append("a source")
    EvidenceUse.objects.bulk_create(made)


def _carry_variants(before: Framework, heirs: Heirs, left: Left) -> None:
    made = []
    for one in Variant.objects.filter(statement__area__framework=before).order_by(
        "statement", "version", "pk"
    ):
        if one.statement_id in heirs:
            said = {name: getattr(one, name) for name in _VARIANT}
            made.append(Variant(statement=heirs[one.statement_id], **said))
        elif "a variant" not in left[one.statement_id]:
            left[one.statement_id].append("a variant")
    Variant.objects.bulk_create(made)


def _carry_links(before: Framework, heirs: Heirs, left: Left) -> None:
    """A link within the framework joins the heirs of both ends; one to another framework keeps its other end."""
    own = set(_statements(before).values_list("pk", flat=True))
    links = StatementLink.objects.filter(Q(one__in=own) | Q(other__in=own)).order_by("pk")
    made = []
    for link in links:
        ends = [heirs[end].pk if end in heirs else end for end in (link.one_id, link.other_id)]
        lost = [end for end in (link.one_id, link.other_id) if end in own and end not in heirs]
        for end in lost:
            left[end].append("a link")
        if not lost:
            first, second = sorted(ends)
            made.append(
                StatementLink(
                    one_id=first,
                    other_id=second,
                    kind=link.kind,
                    confirmed_by_id=link.confirmed_by_id,
                    confirmed_at=link.confirmed_at,
                )
            )
    StatementLink.objects.bulk_create(made, ignore_conflicts=True)


def _note(one: Statement, what: list[str]) -> str:
    things = ", ".join(dict.fromkeys(what))
    return f"{one.code} is not in this revision word for word: {things} stayed with it; see whether it holds here too"
