"""The arithmetic of the figures: percentiles, rates, ratios to a floor, and targets."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

HAND_IN_SHARE = 0.20  # of the rate of the bare transaction
HAND_IN_P99_MS = 500.0
DEADLINE_SHARE = 0.25
DEADLINE_P99_MS = 300.0  # of texts
LIST_P95_MS = 150.0
LIST_QUERIES = 12
ONE = "1 connection"
CHAT_P95_MS = 2000.0
PUBLIC_P95_MS = 60.0  # to the first byte
PUBLIC_BYTES = 150_000  # a page with its styles and scripts, compressed, without the font
SIMILARITY_SECONDS = 20.0
SIMILARITY_MB = 1000.0
RELEASE_SECONDS = 60.0
RELEASE_WAIT_MS = 3000.0  # of another's small write meanwhile
ALLOCATION_SECONDS = 10.0
ENGAGEMENT_TIMES = 2.0  # the time of the plain aggregate


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values don't exceed: always one that was measured."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    rank = -(-share * len(ordered) // 1)
    return ordered[max(0, min(len(ordered), int(rank)) - 1)]


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest, in milliseconds with two decimals."""
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(percentile(milliseconds, share), 2) for name, share in shares.items()}


@dataclass
class Figure:
    """One row of the table: what was measured where, its values, and whether its target holds (None: no target)."""

    workload: str
    database: str
    case: str
    values: dict[str, Any] = field(default_factory=dict)
    target: str = ""
    holds: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def hand_in(
    database: str,
    clients: int,
    *,
    milliseconds: Sequence[float],
    seconds: float,
    cpu_seconds: float,
    errors: int,
    floors: Mapping[str, Sequence[float]],
) -> Figure:
    """Hand-ins of one number of clients against the floors: rates of bare transactions by number of connections.

    The ratio of the target is to one connection, one transaction after another, by the median of its rounds; the
    ratio to as many connections as clients stands beside it, since a server that commits them together is quicker.
    The target is set for 64 clients.
    """
    rate = len(milliseconds) / seconds
    figure = Figure("handin", database, f"{clients} client{'s' if clients > 1 else ''}")
    figure.values = {
        "clients": clients,
        "requests": len(milliseconds),
        "errors": errors,
        "rate": round(rate, 1),
        "server_cpu_ms": round(cpu_seconds * 1000 / len(milliseconds), 2),
        **spread(milliseconds),
        **_against(rate, floors),
    }
    if clients >= 64:
        figure.target = f"ratio ≥ {HAND_IN_SHARE:.2f}, p99 < {HAND_IN_P99_MS:.0f} ms, no error"
        quick = figure.values["p99"] < HAND_IN_P99_MS
        share = rate / statistics.median(floors[ONE])
        figure.holds = share >= HAND_IN_SHARE and quick and errors == 0
    return figure


def _against(rate: float, floors: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """A rate's ratio to the median of each floor, and with it the floors; `ratio` is that to one connection."""
    medians = {name: statistics.median(rates) for name, rates in floors.items()}
    return {
        "floors": {name: round(value, 1) for name, value in medians.items()},
        "floor_rounds": {name: [round(value, 1) for value in rates] for name, rates in floors.items()},
        "ratios": {name: round(rate / value, 3) for name, value in medians.items()},
        "ratio": round(rate / medians[ONE], 3),
    }


def deadline(
    database: str,
    *,
    texts: Sequence[float],
    documents: Sequence[float],
    seconds: float,
    cpu_seconds: float,
    errors: int,
    floors: Mapping[str, Sequence[float]],
    sittings: int,
    at_once: bool,
) -> Figure:
    """The hour before a deadline: hand-ins per second against the bare transaction, and how long texts took.

    Either all documents are handed in `at_once`, or all are looked at first. The ratio is to one connection, and that
    to as many as clients beside it, as with `hand_in`.
    """
    rate = (len(texts) + len(documents)) / seconds
    against = _against(rate, floors)
    way = "documents at once" if at_once else "documents looked at first"
    figure = Figure("deadline", database, f"{len(texts) + len(documents):,} of {sittings:,}, {way}")
    figure.target = f"ratio ≥ {DEADLINE_SHARE:.2f}, p99 of texts < {DEADLINE_P99_MS:.0f} ms, no error"
    times = spread(texts)
    figure.values = {
        "rate": round(rate, 1),
        "server_cpu_ms": round(cpu_seconds * 1000 / (len(texts) + len(documents)), 2),
        "errors": errors,
        **times,
        "documents": spread(documents),
        "floor": against["floors"][ONE],
        **against,
    }
    share = rate / statistics.median(floors[ONE])
    figure.holds = share >= DEADLINE_SHARE and times["p99"] < DEADLINE_P99_MS and errors == 0
    return figure


def document(database: str, case: str, *, milliseconds: Sequence[float], counts: Mapping[str, int]) -> Figure:
    """The processor time of one document by one way, and what it asks of database and disk."""
    figure = Figure("document", database, case)
    figure.values = {
        "documents": len(milliseconds),
        "median_ms": round(statistics.median(milliseconds), 2),
        "least_ms": round(min(milliseconds), 2),
        **{name: counts.get(name, 0) for name in ("statements", "commits", "file_syncs")},
    }
    return figure


def page(
    database: str,
    case: str,
    *,
    milliseconds: Sequence[float],
    http: Sequence[float],
    queries: int,
    floor_ms: float,
) -> Figure:
    """One page: its times in the process and over HTTP, its statements, and its ratio to the floor's time."""
    figure = Figure("lists", database, case, target=f"p95 < {LIST_P95_MS:.0f} ms, ≤ {LIST_QUERIES} queries")
    over_http = spread(http)
    figure.values = {
        "queries": queries,
        **{f"client_{name}": value for name, value in spread(milliseconds).items()},
        **over_http,
        "floor_ms": round(floor_ms, 3),
        "ratio": round(over_http["p50"] / floor_ms, 1) if floor_ms else None,
    }
    worst = max(figure.values["p95"], figure.values["client_p95"])
    figure.holds = worst < LIST_P95_MS and queries <= LIST_QUERIES
    return figure


def public(
    database: str,
    page: str | None,
    *,
    milliseconds: Sequence[float],
    errors: int,
    cpu_ms: float,
    size: int,
    floor_ms: float,
) -> Figure:
    """One page of visitors at the fixed rate, or all of them together (None), with the bytes of the largest."""
    figure = Figure("public", database, page or "all pages")
    figure.target = f"p95 < {PUBLIC_P95_MS:.0f} ms, < {PUBLIC_BYTES // 1000} KB, no error"
    times = spread(milliseconds)
    figure.values = {
        "requests": len(milliseconds),
        "errors": errors,
        **({} if page else {"server_cpu_ms": round(cpu_ms, 2)}),  # which is of all pages together
        "bytes": size,
        **times,
        "floor_ms": round(floor_ms, 3),
        "ratio": round(times["p50"] / floor_ms, 1) if floor_ms else None,
    }
    figure.holds = times["p95"] < PUBLIC_P95_MS and size < PUBLIC_BYTES and errors == 0
    return figure


def engagement(
    database: str,
    enrolments: int,
    entries: int,
    *,
    product: Sequence[float],
    aggregate: Sequence[float],
    anew: bool = False,
) -> Figure:
    """One set-based pass against the plain aggregate: medians of interleaved rounds, in seconds.

    The pass that counts everything `anew` from plan and ledger is shown beside the target, not held to it.
    """
    ours, floor = statistics.median(product), statistics.median(aggregate)
    case = f"{enrolments:,} enrolments" + (", counted anew" if anew else "")
    figure = Figure("engagement", database, case, target="" if anew else f"ratio ≤ {ENGAGEMENT_TIMES:.1f}")
    figure.values = {
        "enrolments": enrolments,
        "entries": entries,
        "seconds": round(ours, 3),
        "floor_seconds": round(floor, 3),
        "ratio": round(ours / floor, 2),
        "rounds": [round(value, 3) for value in product],
        "floor_rounds": [round(value, 3) for value in aggregate],
    }
    figure.holds = None if anew else ours / floor <= ENGAGEMENT_TIMES
    return figure


def chat(database: str, case: str, *, milliseconds: Sequence[float]) -> Figure:
    """How long messages of a chat took to the other side."""
    figure = Figure("chat", database, case, target=f"p95 < {CHAT_P95_MS:.0f} ms")
    figure.values = {"messages": len(milliseconds), **spread(milliseconds)}
    figure.holds = figure.values["p95"] < CHAT_P95_MS
    return figure


def similarity(
    database: str,
    scripts: int,
    case: str,
    *,
    seconds: float,
    megabytes: float,
    planted: int,
    missed: int,
    false: int,
) -> Figure:
    """Scripts compared in one go: time and memory, copies that were planted and not found, and pairs that are none."""
    target = f"under {SIMILARITY_SECONDS:.0f} s and {SIMILARITY_MB:.0f} MB, none missed, none false"
    figure = Figure("similarity", database, f"{scripts:,} scripts, {case}", target=target)
    figure.values = {
        "scripts": scripts,
        "seconds": round(seconds, 2),
        "megabytes": round(megabytes),
        "planted": planted,
        "missed": missed,
        "false": false,
    }
    quick_enough = seconds < SIMILARITY_SECONDS and megabytes < SIMILARITY_MB
    figure.holds = quick_enough and missed == false == 0
    return figure


def release(
    database: str, outcomes: int, *, seconds: float, floor: float, passed: int, waits: Mapping[str, float]
) -> Figure:
    """All results of a window released in one go, beside the bare insert of as many outcomes and messages, and how long
    others waited at most (`waits`, in milliseconds by kind of client) whose small writes fell into it.
    """
    target = (
        f"under {RELEASE_SECONDS:.0f} s, all at once; nobody waits {RELEASE_WAIT_MS / 1000:.0f} s to write"
    )
    figure = Figure("release", database, f"{outcomes:,} results", target=target)
    figure.values = {
        "outcomes": outcomes,
        "passed": passed,
        "seconds": round(seconds, 2),
        "floor_seconds": round(floor, 2),
        "ratio": round(seconds / floor, 1),
        "longest_wait_ms": dict(waits),
    }
    figure.holds = seconds < RELEASE_SECONDS and max(waits.values()) < RELEASE_WAIT_MS
    return figure


def allocation(
    database: str, scripts: int, markers: int, *, seconds: float, floor: float, uneven: int, broken: int
) -> Figure:
    """Scripts shared out: the time beside that of inserting as many bare rows, by how much loads differ, and pairs that
    should not have met.
    """
    target = f"under {ALLOCATION_SECONDS:.0f} s, loads within one, no conflict"
    figure = Figure("allocation", database, f"{scripts:,} scripts, {markers} markers", target=target)
    figure.values = {
        "scripts": scripts,
        "markers": markers,
        "seconds": round(seconds, 2),
        "floor_seconds": round(floor, 2),
        "times": round(seconds / floor, 1) if floor else None,
        "uneven": uneven,
        "conflicts": broken,
    }
    figure.holds = seconds < ALLOCATION_SECONDS and uneven <= 1 and broken == 0
    return figure


def layer(
    database: str, case: str, *, answered: int, seconds: float, cpu_seconds: float, errors: int, floor: float
) -> Figure:
    """The requests of the deadline hour to a server that does a part of the work only; no target."""
    rate = answered / seconds
    figure = Figure("layers", database, case)
    figure.values = {
        "rate": round(rate, 1),
        "server_cpu_ms": round(cpu_seconds * 1000 / answered, 2),
        "errors": errors,
        "floor": round(floor, 1),
        "ratio": round(rate / floor, 3),
    }
    return figure
