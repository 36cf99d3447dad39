"""Guards that make a slip fail the test that meets it: unknown names in templates, lists without an order."""

import itertools
import os
import random
import re
from collections.abc import Iterator
from typing import Any

from django.db.models.query import MAX_GET_RESULTS
from django.db.models.sql.compiler import SQLCompiler
from django.template.base import Variable

# --- undefined template variables ------------------------------------------------------------------
_resolve_lookup = Variable._resolve_lookup  # type: ignore[attr-defined]


class Undefined(str):
    """Stands for `string_if_invalid`: using a variable that the view didn't give is an error."""

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, name: object) -> str:
        text = str(name)
        # allauth's and Django's own templates lean on silent blanks; ours don't.
        if re.match(r"(allauth|elements|attrs|form\.|field\.|widget|errors|slots?\b)", text):
            return ""
        raise AssertionError(f"the template reads {text!r}, which is not there")


def _quiet(self: Any, context: Any) -> Any:
    """A missing related object is an empty value, as it is outside tests; only unknown names are errors."""
    found = _resolve_lookup(self, context)
    return "" if isinstance(found, Undefined) else found


Variable._resolve_lookup = _quiet  # type: ignore[attr-defined]


# --- querysets without an order --------------------------------------------------------------------
# One seed for a run and all its workers; set TEST_SHUFFLE_SEED to a run's seed to see its orders again.
SEED = os.environ.setdefault("TEST_SHUFFLE_SEED", str(random.SystemRandom().randrange(1_000_000)))
_get_order_by = SQLCompiler.get_order_by
_results_iter = SQLCompiler.results_iter


class UnorderedSlice(AssertionError):
    """Rows were cut from a query that has no order: which ones they are is an accident."""


class Shuffle:
    """Where the orders of the running test come from; every test starts with its own."""

    def __init__(self) -> None:
        self.start("")

    def start(self, test: str) -> None:
        self._source, self._numbers = f"{SEED}:{test}", itertools.count()

    def rows(self, rows: list[Any]) -> list[Any]:
        """The rows in another order than they came; a single one, or all alike, can't be."""
        if all(row == rows[0] for row in rows):
            return rows
        dice, mixed = random.Random(f"{self._source}:{next(self._numbers)}"), list(rows)
        while mixed == rows:
            dice.shuffle(mixed)
        return mixed


shuffle = Shuffle()


def _order(self: Any) -> Any:
    """Note whether the query has an order, and refuse to cut rows from one that has none, at any depth."""
    order = _get_order_by(self)
    # Django leaves the model's own order out where rows are grouped, as `annotate(Count(...))` does.
    self.is_ordered = bool(order) and not (self._meta_ordering and self.query.group_by is not None)
    if self.query.is_sliced and not self.is_ordered and not _finds_one(self.query):
        model = getattr(self.query.model, "__name__", "a query")
        raise UnorderedSlice(
            f"{model}: rows are cut from a queryset without an order. Add order_by() with a unique last key"
            + (": the model's ordering is not used where rows are grouped." if self._meta_ordering else ".")
        )
    return order


def _finds_one(query: Any) -> bool:
    """`get()` and `exists()` limit what they read, and their answer is the same in any order."""
    is_get = (query.low_mark, query.high_mark) == (0, MAX_GET_RESULTS)
    return is_get or (not query.default_cols and set(query.annotation_select) == {"a"})


def _results(self: Any, *args: Any, **options: Any) -> Iterator[Any]:
    rows = _results_iter(self, *args, **options)
    if getattr(self, "is_ordered", True):
        return iter(rows)
    return iter(shuffle.rows(list(rows)))


SQLCompiler.get_order_by = _order  # type: ignore[method-assign]
SQLCompiler.results_iter = _results  # type: ignore[method-assign]
