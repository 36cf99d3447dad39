"""What the provider runs besides the NPQs, as enquiries name it: known by its name, answered elsewhere (S0-60)."""

from goldenthread.catalogue.claims import Provision, shipped_claims
from goldenthread.enquiries import rules


def known() -> tuple[Provision, ...]:
    """Everything that is run besides, in the order in which it is listed."""
    return shipped_claims().other_provision


def by_key(key: str) -> Provision | None:
    """The one with this key ("hlta") or name ("HLTA")."""
    return next((one for one in known() if key in (one.key, one.name)), None)


def named_in(text: str) -> str:
    """The name of what a text is about ("HLTA"); "" where it is about none, or about an NPQ as well."""
    key = rules.provision_named(text, {one.key: (one.name, one.long_name) for one in known()})
    found = by_key(key) if key else None
    return found.name if found else ""
