"""The migration that names the editors of drafts which were there before: by what the trail says of them."""

from importlib import import_module

import pytest
from django.apps import apps

from goldenthread.catalogue import drafting
from goldenthread.people.models import Role
from tests import factories
from tests.factories import AT, NPQLT


@pytest.mark.django_db
def test_the_trail_tells_who_edited_a_draft_before_editors_were_kept() -> None:
    olu, ola, tess = (factories.member(Role.OFFICE, f"{name} Office") for name in ("Olu", "Ola", "Tess"))
    draft = drafting.start(based_on=factories.version(NPQLT), key="", as_revision=True, by=tess, at=AT)
    for number, (person, old, new) in enumerate([(olu, "1250", "1300"), (ola, "1300", "1350")], start=1):
        text = draft.text.replace(old, new)
        draft = drafting.save_text(draft=draft, text=text, seen=number, by=person, at=AT)
    done = drafting.start(based_on=factories.version(NPQLT), key="npqlt-x", as_revision=False, by=tess, at=AT)
    drafting.discard(draft=done, by=tess, at=AT)
    draft.editors.clear()
    import_module("goldenthread.migrations.0018_draft_editors").editors_by_the_trail(apps, None)
    assert set(draft.editors.all()) == {olu, ola}
    assert not done.editors.exists()
