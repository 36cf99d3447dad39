"""Cells of files that somebody opens in a spreadsheet."""

FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in FORMULA_SIGNS else cell
