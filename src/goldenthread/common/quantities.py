"""Minutes, words and pence are integers; this is how they are read and written."""

from fractions import Fraction


def hours_text(minutes: int) -> str:
    """Minutes as hours for people: 4440 → "74 h", 3996 → "66 h 36 min", 45 → "45 min"."""
    sign = "−" if minutes < 0 else ""
    hours, rest = divmod(abs(minutes), 60)
    if not rest:
        return f"{sign}{hours} h"
    return f"{sign}{hours} h {rest} min" if hours else f"{sign}{rest} min"


def of_hours(some: int, whole: int) -> str:
    """A part of something in minutes, as people read it: "66 h 30 min of 74 h"."""
    return f"{hours_text(some)} of {hours_text(whole)}"


def decimal_hours(minutes: int) -> str:
    """Minutes as decimal hours, rounded down to two places: 3996 → "66.6", 90 → "1.5"."""
    hundredths = abs(minutes) * 100 // 60
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if minutes < 0 else text


def missing_hours(minutes: int) -> str:
    """Minutes that are missing as decimal hours, rounded *up* to two places: 6 → "0.1", 59 → "0.99", 1 → "0.02"."""
    hundredths = -(-minutes * 100 // 60)
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def percent_text(share: Fraction) -> str:
    """An exact share as per cent, rounded *down* to two places, so 89.995 % is never shown as 90 % (S0-43)."""
    hundredths = share.numerator * 10_000 // share.denominator
    text = f"{hundredths // 100}.{hundredths % 100:02d}"
    return (text[:-3] if text.endswith(".00") else text) + " %"


CURRENCIES = {
    "GBP": "£",
    "EUR": "€",
    "USD": "US$",
    "AED": "AED\N{NO-BREAK SPACE}",
}  # and what stands before an amount


def money_text(pence: int, currency: str = "GBP") -> str:
    """Pence as pounds: 125000 → "£1,250", 845050 → "£8,450.50"; hundredths of another currency likewise."""
    pounds, rest = divmod(abs(pence), 100)
    text = f"{CURRENCIES.get(currency, currency)}{pounds:,}" + (f".{rest:02d}" if rest else "")
    return f"−{text}" if pence < 0 else text


def words_text(words: int) -> str:
    """A count of words: 1501 → "1,501 words"."""
    return f"{words:,} word" + ("" if words == 1 else "s")
