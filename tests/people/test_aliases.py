"""One organisation by many spellings of its name; two that are different stay two (S4-23)."""

from pathlib import Path

import pytest
from django.urls import reverse

from goldenthread.commands import organisations as command
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.enquiries.actions import contacts
from goldenthread.people import actions, aliases, queries, rules
from goldenthread.people.aliases import Row
from goldenthread.people.models import Membership, Organisation, OrganisationKind, Role
from tests import factories
from tests.factories import AT
from tests.factories_web import client_of, page, text_of
from tests.races import at_once

pytestmark = pytest.mark.django_db
LED, LEAD, SPACE = "School-Led Network", "School-Lead Network", "School Led Network"


def load(*names: str, roles: tuple[str, ...] = (OrganisationKind.DELIVERY_PARTNER,)) -> aliases.Imported:
    return aliases.import_organisations([Row(name, roles) for name in names], by=None, at=AT)


@pytest.mark.requirement("S4-23")
@pytest.mark.parametrize(
    "names",
    [
        (LED, LEAD, SPACE),
        (SPACE, LED, LEAD),
        ("“Learn, lead, grow", "Learn, lead, grow”", "learn led grow"),
        ("Crystal Palace Hub", "CRYSTAL-PALACE HUB", "Crystal Palace 'Hub'"),
        ("Réseau École", "Reseau-Ecole", "reseau ecole"),
    ],
)
def test_three_spellings_are_one_organisation_with_two_aliases(names: tuple[str, ...]) -> None:
    done = load(*names)
    one = Organisation.objects.get()
    assert (one.name, one.aliases) == (names[0], list(names[1:]))
    assert (done.made, done.spelt) == ([names[0]], [(name, names[0]) for name in names[1:]])
    again = load(*names)
    assert (again.made, again.spelt, sorted(again.known)) == ([], [], sorted(names))
    assert Organisation.objects.get().aliases == list(names[1:])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LED, "School-Led Network North"),
        ("Lead Partners", "Leadership Partners"),
        ("Leading Schools", "Led Schools"),
        ("Hub 1", "Hub 11"),
        ("St Mary's School", "St Marks School"),
    ],
)
def test_two_that_are_really_different_stay_two(one: str, other: str) -> None:
    assert load(one, other).made == [one, other]
    assert rules.name_key(one) != rules.name_key(other)


def test_a_name_without_letters_or_nothing_is_refused_and_holds_up_no_other() -> None:
    done = load("", LED)
    assert ([name for name, _ in done.refused], done.made) == ([""], [LED])
    assert load("!!!").made == ["!!!"]
    assert queries.organisation_called("???") is None


def test_a_spelling_that_is_another_organisation_is_parted_and_stays_one() -> None:
    load(LED, LEAD)
    one = Organisation.objects.get()
    made = aliases.part_alias(organisation=one, name=LEAD, by=None, at=AT)
    assert [held.role for held in made.roles.all()] == [OrganisationKind.DELIVERY_PARTNER]
    one.refresh_from_db()
    assert (one.aliases, Organisation.objects.count()) == ([], 2)
    assert load(LED, LEAD).known == [LED, LEAD]  # each by its own name from now on
    assert "spelt nearly like that" in load(SPACE).refused[0][1]
    assert aliases.part_alias(organisation=one, name=LEAD, by=None, at=AT) == made
    with pytest.raises(Refused, match="no alias of it"):
        aliases.part_alias(organisation=one, name="Other", by=None, at=AT)


def test_what_was_two_becomes_one_and_two_again() -> None:
    one, other = factories.organisation(LED), factories.organisation(SPACE)
    actions.give_organisation_roles(other, [OrganisationKind.HUB], at=AT)
    assert queries.spelt_alike(one) == [other]
    kept = aliases.absorb(duplicate=other, into=one, by=None, at=AT)
    assert (kept.aliases, [held.role for held in kept.roles.all()]) == ([SPACE], [OrganisationKind.HUB])
    again = aliases.part_alias(organisation=kept, name=SPACE, by=None, at=AT)
    assert (again.name, [held.role for held in again.roles.all()]) == (SPACE, [OrganisationKind.HUB])


@pytest.mark.parametrize("what", ["people", "school", "itself"])
def test_what_has_more_than_a_name_is_not_swallowed(what: str) -> None:
    one, other = factories.organisation(LED), factories.organisation(SPACE)
    if what == "people":
        factories.member(Role.PARTNER_MANAGER, "Pia", of=other)
    if what == "school":
        Organisation.objects.filter(pk=other.pk).update(school=factories.school())
    with pytest.raises(Refused):
        aliases.absorb(duplicate=one if what == "itself" else other, into=one, by=None, at=AT)
    assert Organisation.objects.count() == 2
    assert Membership.objects.count() == int(what == "people")


def test_schools_of_one_name_are_told_apart_by_town_and_never_taken_for_a_spelling() -> None:
    schools = [factories.school("St Mary's School", town=town) for town in ("Bath", "Leeds")]
    made = [actions.organisation_for_school(one, at=AT) for one in schools]
    assert made[0] != made[1]
    third = actions.organisation_for_school(factories.school("St Marys School", town="York"), at=AT)
    assert third not in made


def test_an_alias_belongs_to_one_and_a_rename_takes_nobody_elses() -> None:
    one, other = factories.organisation(LED), factories.organisation("Avon Hub")
    aliases.add_alias(organisation=one, name="SLN", by=None, at=AT)
    with pytest.raises(Refused, match="known by that name"):
        aliases.add_alias(organisation=other, name="sln", by=None, at=AT)
    with pytest.raises(Refused, match="Another organisation is called SLN"):
        actions.rename_organisation(organisation=other, name="SLN", by=None, at=AT)
    assert actions.rename_organisation(organisation=one, name=SPACE, by=None, at=AT).name == SPACE


def test_contact_points_of_the_documents_are_found_by_any_spelling() -> None:
    hub = factories.organisation("Crystal-Palace “Hub")
    assert contacts.sourced_for(hub) is not None


def test_the_office_enters_a_spelling_hears_of_it_finds_it_and_parts_it() -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    load(LED)
    client = client_of(olu)
    done = client.post(reverse("office:organisation_add"), {"name": LEAD, "roles": ["hub"]}, follow=True)
    assert "is taken for another spelling of School-Led Network" in text_of(done)
    one = Organisation.objects.get(name=LED)
    for words in ("school lead network", LEAD, "SCHOOLLED"):
        shown = page(olu, reverse("office:organisations"), q=words)
        assert [found.name for found in shown.context["page"].object_list] == [LED]
    assert "Other names" in text_of(page(olu, reverse("office:organisation", args=[one.pk])))
    client.post(reverse("office:organisation_part", args=[one.pk]), {"name": LEAD})
    assert [held.role for held in Organisation.objects.get(name=LEAD).roles.all()] == ["hub"]
    other = Organisation.objects.get(name=LEAD)
    client.post(reverse("office:organisation_absorb", args=[one.pk]), {"duplicate": other.pk})
    assert Organisation.objects.get(name=LED).aliases == [LEAD]
    client.post(reverse("office:organisation_alias", args=[one.pk]), {"alias": "SLN"})
    assert Organisation.objects.get(name=LED).aliases == [LEAD, "SLN"]
    assert AuditEvent.objects.filter(verb="organisation.called").count() == 3


def test_a_list_is_imported_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "start_django", lambda: None)
    file = tmp_path / "list.csv"
    file.write_text(f"name,roles,aliases\n{LED},hub;delivery_partner,SLN\n{LEAD},,\nOdd,wizard,\n")
    assert command.run([str(file)]) == 1
    said = capsys.readouterr()
    assert f"another spelling: {LEAD} is {LED}" in said.out
    assert "refused: Odd" in said.err
    one = Organisation.objects.get()
    assert sorted(one.aliases) == ["SLN", LEAD]
    assert sorted(held.role for held in one.roles.all()) == ["delivery_partner", "hub"]
    file.write_text("title\nX\n")
    assert command.run([str(file)]) == 2


@pytest.mark.django_db(transaction=True)
def test_two_spellings_at_one_moment_are_one_organisation() -> None:
    factories.organisation("The provider")
    at_once(lambda: load(LED), lambda: load(SPACE))
    assert Organisation.objects.exclude(name="The provider").count() == 1
