"""
The texts of a Date column: ISO 8601 dates and datetimes, and `MM/dd/yyyy HH:mm:ss`.

A calendar is a regular language, so a pattern alone decides, the 29th of February included: the
compiled validator checks dates without calling Python, and so can any other JSON Schema tool.
"""

import re

_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP = (
    "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])"  # 2024, not 2000
    "|(?:0[48]|[2468][048]|[13579][26])00)"  # 2000, not 1900
)
_DAY_OF_YEAR = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = ":[0-5][0-9]"
_OFFSET = "(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"

_ISO_DATE = f"(?:{_YEAR}-{_DAY_OF_YEAR}|{_LEAP}-02-29)"
_ISO_TIME = f"{_TIME}(?:{_SECONDS}(?:[.,][0-9]{{1,9}})?)?{_OFFSET}?"
_US = "(?:{}/{}|02/29/{}) {}{}".format(
    _DAY_OF_YEAR.replace(")-(", ")/(").replace("02-(", "02/("), _YEAR, _LEAP, _TIME, _SECONDS
)

DELIVERED = f"^{_ISO_DATE}(?:T{_ISO_TIME})?$"
"""Dates as they are delivered."""

ACCEPTED = f"^(?:{_ISO_DATE}(?:[T ]{_ISO_TIME})?|{_US})$"
"""Dates as they may be returned."""

# Python's `$` also matches before a last newline, the validator's does not: hence `fullmatch`.
_accepted = re.compile(ACCEPTED)


def is_date(text: str) -> bool:
    """Tell whether a Date column takes this text."""
    return _accepted.fullmatch(text) is not None


def is_iso(text: str) -> bool:
    """Tell whether a text that a Date column takes is ISO 8601 already: no space follows a day."""
    return text[10:11] != " "


def as_iso(text: str) -> str:
    """
    Give a text that a Date column takes as ISO 8601, its digits unchanged.

    >>> as_iso("12/31/2024 23:59:00"), as_iso("2024-12-31 23:59Z"), as_iso("2024-12-31")
    ('2024-12-31T23:59:00', '2024-12-31T23:59Z', '2024-12-31')
    """
    if is_iso(text):
        return text
    day, time = text.split(" ")
    if "/" in day:
        month, day_of_month, year = day.split("/")
        day = f"{year}-{month}-{day_of_month}"
    return f"{day}T{time}"
