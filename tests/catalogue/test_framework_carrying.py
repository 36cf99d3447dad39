"""What hangs on a framework's statements goes over into its next revision, where their words have stayed."""

from datetime import date

import pytest

from goldenthread.catalogue import framework_editing as editing
from goldenthread.catalogue.framework_queries import content_for
from goldenthread.catalogue.models import Evidence, Framework, Statement, StatementLink, Variant
from goldenthread.catalogue.variants import Reader
from tests import factories
from tests.catalogue.framework_sample import text_of_npqlt
from tests.catalogue.test_framework_import import statement, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def variant_of(
    one: Statement, *, text: str = "For small ones.", effective: date = date(2025, 1, 1)
) -> Variant:
    said = {
        "context": "", "locality": "", "phase": "primary", "text": text, "reason": "local", "change_note": "new",
        "effective_from": effective, "review_by": date(2027, 1, 1),
    }  # fmt: skip
    return editing.add_variant(statement=one, said=said, by=factories.user("Olu"), at=factories.AT)


def link(one: Statement, other: Statement, kind: str = "near") -> StatementLink:
    return editing.link_statements(one=one, other=other, kind=kind, by=factories.user("Olu"), at=factories.AT)


def next_revision(*changes: tuple[str, str]) -> Framework:
    """The sample taken in again with one statement more, so that it is another revision."""
    text = text_of_npqlt()
    for old, new in changes:
        text = text.replace(old, new)
    return take_in(
        text.replace("than their clothes.", "than their clothes. 4. Nobody is without a voice.")
    ).framework


def test_variants_with_all_their_versions_are_carried_over() -> None:
    take_in()
    first = statement("NPQLT.2-SC-LT1")
    variant_of(first)
    variant_of(first, text="For the smallest.", effective=date(2025, 2, 1))
    framework = next_revision()
    heir = statement("NPQLT.3-SC-LT1")
    assert [(one.version, one.text, one.written_by.name) for one in heir.variants.order_by("version")] == [
        (1, "For small ones.", "Olu"), (2, "For the smallest.", "Olu"),
    ]  # fmt: skip
    assert first.variants.count() == 2
    assert not any("stayed with it" in note for note in framework.notes)


def test_links_join_the_heirs_and_visitors_see_no_end_that_is_out_of_force() -> None:
    take_in()
    one, two = statement("NPQLT.2-SC-LT1"), statement("NPQLT.2-SC-LT2")
    abroad = statement("NPQSL-SC-LT1")
    link(one, two, "related")
    link(one, abroad, "same")
    framework = next_revision()
    heirs = statement("NPQLT.3-SC-LT1"), statement("NPQLT.3-SC-LT2")
    joined = StatementLink.objects.get(one=heirs[0], other=heirs[1])
    assert (joined.kind, joined.confirmed_by.name) == ("related", "Olu")
    assert StatementLink.objects.get(other=heirs[0]).one == abroad
    assert StatementLink.objects.count() == 4

    def shown(found: Framework, code: str) -> list[str]:
        areas = content_for(found, Reader(date(2026, 1, 1))).areas
        links = {s.statement.code: s.links for area in areas for s in area.statements}
        return [end.statement.code for end in links[code]]

    assert sorted(shown(framework, heirs[0].code)) == [heirs[1].code, abroad.code]
    senior = Framework.objects.get(programme__code="NPQSL", edition="reformed")
    assert shown(senior, abroad.code) == [heirs[0].code]


def test_what_hung_on_a_statement_that_has_changed_is_named() -> None:
    take_in()
    one, two = statement("NPQLT.2-SC-LT1"), statement("NPQLT.2-SC-LT2")
    variant_of(two)
    link(one, two)
    source = Evidence.objects.create(author="A", title="T", kind="study", country="uk")
    editing.attach_evidence(evidence=source, statement=two, by=None, at=factories.AT)
    framework = next_revision(("strain narrows it.", "strain makes it narrow."))
    left = [note for note in framework.notes if "stayed with it" in note]
    assert left == [
        (
            "NPQLT.2-SC-LT2 is not in this revision word for word: a source, a variant, a link stayed with it; "
            "see whether it holds here too"
        )
    ]
    assert not Variant.objects.filter(statement__area__framework=framework).exists()
    assert not StatementLink.objects.filter(other__area__framework=framework).exists()
