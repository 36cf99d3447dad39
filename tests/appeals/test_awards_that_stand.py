"""What the database lets happen to an award, and what the trail says of it: issued anew, revoked, standing again."""

import pytest
from django.db import DatabaseError, transaction

from goldenthread.appeals.models import RevocationAppeal
from goldenthread.awards import changes
from goldenthread.awards.models import Award
from goldenthread.reports import proving
from tests import by_hand
from tests.appeals.test_revocations import decide, held, lodge, revoked
from tests.factories_appeals import NEXT, office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def found() -> list[str]:
    return [one.problem for one in proving.differences()]


def stands_again() -> None:
    """Set the row of the only award back as if it had never been revoked."""
    with transaction.atomic():
        Award.objects.update(revoked_at=None, revoked_reason="")


def test_an_award_stands_again_by_an_upheld_appeal_and_not_otherwise() -> None:
    award = revoked()
    with pytest.raises(DatabaseError, match="settled"):
        stands_again()
    appeal = lodge(award)
    with pytest.raises(DatabaseError, match="settled"):
        stands_again()
    decide(appeal, uphold=False)
    with pytest.raises(DatabaseError, match="settled"):
        stands_again()
    assert found() == []


def test_an_appeal_that_was_upheld_lets_the_award_stand_and_the_trail_says_so() -> None:
    decide(lodge(revoked()))
    assert Award.objects.get().revoked_at is None
    assert found() == []
    with pytest.raises(DatabaseError, match="settled"), transaction.atomic():
        RevocationAppeal.objects.update(decision_reason="Another one.")
    by_hand.alter(Award.objects.all(), revoked_at=NEXT, revoked_reason="By hand.")
    assert any("is revoked, and the trail says nothing of it" in one for one in found())


def test_an_award_that_was_issued_again_is_what_the_trail_says_and_the_former_is_revoked_by_it() -> None:
    award = held()
    change = changes.propose_reissue(award=award, name="Amara Anew", reason="Married.", by=office(), at=NEXT)
    changes.decide(change=change, approve=True, reason="Seen.", by=office("Olga Other"), at=NEXT)
    former, made = Award.objects.order_by("pk")
    assert (former.revoked_at, made.holder_name) == (NEXT, "Amara Anew")
    assert found() == []
    by_hand.alter(Award.objects.filter(pk=made.pk), holder_name="Somebody Else")
    assert any("certifies something else than was issued" in one for one in found())
