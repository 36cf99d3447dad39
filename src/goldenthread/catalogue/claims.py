"""What the providers claim of themselves, each claim with its source; nothing here is a live figure."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.programmes import HERE, read_programmes
from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.structure import Sources
from goldenthread.catalogue.tables import Table, whole
from goldenthread.catalogue.toml_files import read_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A figure that a provider states of itself (S0-55 to S0-59)."""

    key: str
    text: str
    value: Sourced[int]
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """Words with their source: a grade, an aim."""

    key: str
    text: str
    about: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """Something else that the provider runs, a signpost only; `topic` is what an enquiry about it is filed under."""

    key: str
    name: str
    long_name: str
    source: Sources

    @property
    def topic(self) -> str:
        """ "HLTA (other provision)": never the name of an NPQ (S0-60)."""
        return f"{self.name} (other provision)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Everything that claims.toml says."""

    claims: tuple[Claim, ...]
    grades: tuple[Quoted, ...]
    aims: tuple[Quoted, ...]
    other_provision: tuple[Provision, ...]

    def get(self, key: str) -> Claim:
        """The claim with this key; KeyError when there is none."""
        return {claim.key: claim for claim in self.claims}[key]


def read_claims(path: Path | None = None) -> Claims:
    """The claims of a file, the shipped one by default; refuses a claim without a source (S0-54)."""
    path = path or HERE / "claims.toml"
    problems = Problems(path.name)
    documents = frozenset(dict(read_programmes().documents))
    table = Table(read_toml(path), "", problems, documents)
    claims = Claims(
        claims=tuple(_claim(item) for item in table.tables("claim")),
        grades=tuple(_quoted(item) for item in table.tables("grade")),
        aims=tuple(_quoted(item) for item in table.tables("aim")),
        other_provision=tuple(_provision(item) for item in table.tables("other_provision")),
    )
    table.finish()
    problems.refuse_if_any()
    return claims


def _claim(table: Table) -> Claim:
    unit = table.text("unit")
    claim = Claim(
        key=table.key_text("key"),
        text=table.text("text"),
        value=table.sourced("value", unit, whole(0, 10_000_000), required=True),
        about=table.text("about"),
    )
    table.finish()
    return claim


def _quoted(table: Table) -> Quoted:
    quoted = Quoted(
        key=table.text("key", ""),
        text=table.text("text"),
        about=table.text("about", ""),
        source=table.sources(required=True),
    )
    table.finish()
    return quoted


def _provision(table: Table) -> Provision:
    provision = Provision(
        key=table.key_text("key"),
        name=table.text("name", at_most=60),
        long_name=table.text("long_name", at_most=180),
        source=table.sources(required=True),
    )
    table.finish()
    return provision


@cache
def shipped_claims() -> Claims:
    """The shipped claims, read once per process: for pages."""
    return read_claims()
