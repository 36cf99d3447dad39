"""Guards that make a slip in a template fail the test that meets it."""

import re
from typing import Any

from django.template.base import Variable

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
