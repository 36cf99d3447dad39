"""The table of figures that is printed: what was measured, its times, its floor and the ratio, in a few words each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.figures import Figure

HEADINGS = ["workload", "database", "case", "measured", "p50 / p95 / p99 ms", "floor", "ratio", "target"]
Cells = tuple[str, str, str, str]  # measured, times, floor, ratio


def table(figures: Sequence[Figure]) -> str:
    """All figures as lines of text in columns."""
    rows = [HEADINGS, *(row(figure) for figure in figures)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def row(figure: Figure) -> list[str]:
    """One line of the printed table."""
    held = {True: "holds", False: "MISSED", None: ""}[figure.holds]
    return [figure.workload, figure.database, figure.case, *_CELLS[figure.workload](figure.values), held]


def _allocation(values: Mapping[str, Any]) -> Cells:
    measured = f"{values['seconds']:.2f} s, loads {values['uneven']} apart, {values['conflicts']} conflicts"
    return measured, "", f"{values['floor_seconds']:.2f} s", f"{values['times']}"


def _chat(values: Mapping[str, Any]) -> Cells:
    return f"{values['messages']} messages", _times(values), "", ""


def _deadline(values: Mapping[str, Any]) -> Cells:
    measured = (
        f"{values['rate']:,.0f}/s, {values['errors']} errors; documents {_times(values['documents'])} ms"
    )
    return measured, _times(values), *_floors(values)


def _document(values: Mapping[str, Any]) -> Cells:
    asked = (
        f"{values['statements']} statements, {values['commits']} commits, {values['file_syncs']} file syncs"
    )
    return f"{values['median_ms']:.2f} ms CPU (least {values['least_ms']:.2f}), {asked}", "", "", ""


def _engagement(values: Mapping[str, Any]) -> Cells:
    measured = f"{values['seconds']:.3f} s, {values['entries']:,} entries"
    return measured, "", f"{values['floor_seconds']:.3f} s", f"{values['ratio']:.2f}"


def _handin(values: Mapping[str, Any]) -> Cells:
    measured = (
        f"{values['rate']:,.0f}/s, {values['errors']} errors, {values['server_cpu_ms']:.1f} ms CPU each"
    )
    return measured, _times(values), *_floors(values)


def _layers(values: Mapping[str, Any]) -> Cells:
    measured = (
        f"{values['rate']:,.0f}/s, {values['errors']} errors, {values['server_cpu_ms']:.2f} ms CPU each"
    )
    return measured, "", f"{values['floor']:,.0f}/s", f"{values['ratio']:.2f}"


def _lists(values: Mapping[str, Any]) -> Cells:
    measured = f"{values['queries']} queries; test client p95 {values['client_p95']:.1f} ms"
    return measured, _times(values), f"{values['floor_ms']:.2f} ms", f"{values['ratio']:.1f}"


def _public(values: Mapping[str, Any]) -> Cells:
    cpu = f", {values['server_cpu_ms']:.2f} ms CPU each" if "server_cpu_ms" in values else ""
    measured = f"{values['bytes'] / 1000:.1f} KB, {values['errors']} errors{cpu}"
    return measured, _times(values), f"{values['floor_ms']:.2f} ms", f"{values['ratio']:.1f}"


def _release(values: Mapping[str, Any]) -> Cells:
    waits = ", ".join(f"{name} {wait / 1000:.2f} s" for name, wait in values["longest_wait_ms"].items())
    measured = f"{values['seconds']:.2f} s, {values['passed']:,} passed; longest wait to write: {waits}"
    return measured, "", f"{values['floor_seconds']:.2f} s", f"{values['ratio']:.1f}"


def _similarity(values: Mapping[str, Any]) -> Cells:
    found = f"{values['missed']} of {values['planted']} missed, {values['false']} false"
    return f"{values['seconds']:.2f} s, {values['megabytes']:,} MB, {found}", "", "", ""


def _floors(values: Mapping[str, Any]) -> tuple[str, str]:
    """The floors of one connection and of as many as clients, where more than one can write, and the ratios to them."""
    floors = ", ".join(f"{name} {value:,.0f}/s" for name, value in values["floors"].items())
    return floors, ", ".join(f"{value:.2f}" for value in values["ratios"].values())


def _times(values: Mapping[str, Any]) -> str:
    return " / ".join(f"{values[name]:.1f}" for name in ("p50", "p95", "p99"))


_CELLS: dict[str, Callable[[Mapping[str, Any]], Cells]] = {
    "allocation": _allocation,
    "chat": _chat,
    "deadline": _deadline,
    "document": _document,
    "engagement": _engagement,
    "handin": _handin,
    "layers": _layers,
    "lists": _lists,
    "public": _public,
    "release": _release,
    "similarity": _similarity,
}
