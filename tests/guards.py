"""Guards that make a slip in a template or a query fail the test that meets it."""

import re


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
