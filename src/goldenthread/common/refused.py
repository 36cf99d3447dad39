"""The one exception with which a rule says no."""

from collections.abc import Iterable, Mapping


class Refused(Exception):
    """An action that a rule forbids.

    `message` is for the person who tried: what is wrong and what to do next.
    `code` is stable, for tests and callers ("window.closed"); `field` names the form field, if one is to blame.
    `others` are further things that are wrong with what was sent; see `refuse`.
    """

    others: tuple["Refused", ...] = ()

    def __init__(self, message: str, *, code: str = "refused", field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field


class Stale(Refused):
    """Somebody, most likely the same person in another tab, has saved since a page was loaded.

    Carries what is stored, its revision and its texts by field, so that both can be shown and neither is lost.
    """

    def __init__(self, message: str, *, code: str, revision: int, texts: Mapping[str, str]) -> None:
        super().__init__(message, code=code)
        self.revision = revision
        self.texts = dict(texts)


def refuse(faults: Iterable[Refused]) -> None:
    """Refuse with everything that is wrong, so that nobody mends one thing only to be told of the next."""
    found = tuple(faults)
    if found:
        found[0].others = found[1:]
        raise found[0]


def allows(rule: object, /, *args: object, **kwargs: object) -> bool:
    """Whether `rule(*args, **kwargs)` lets the action through: for showing or hiding a button."""
    return not why_not(rule, *args, **kwargs)


def why_not(rule: object, /, *args: object, **kwargs: object) -> str:
    """What `rule(*args, **kwargs)` says against the action, "" where it lets it through: for saying it beforehand."""
    refusal = refusal_by(rule, *args, **kwargs)
    return refusal.message if refusal else ""


def refusal_by(rule: object, /, *args: object, **kwargs: object) -> Refused | None:
    """The refusal of `rule(*args, **kwargs)` with all that is wrong, None where it lets the action through."""
    try:
        rule(*args, **kwargs)  # type: ignore[operator]
    except Refused as refusal:
        return refusal
    return None
