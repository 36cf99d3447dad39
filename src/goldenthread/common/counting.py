"""Counts of related rows for lists, each by a subquery of its own: a join would multiply the rows of the others."""

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce


def count_of(found: QuerySet, by: str) -> Coalesce:
    """How many rows of `found` belong to the outer row, which `by` leads to."""
    counted = found.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
