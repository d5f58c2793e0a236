"""The texts of Date columns."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.schema.dates import as_iso, is_date

zones = st.none() | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)


def _calendar_has(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("years", [range(10), range(1895, 2105), range(3990, 4010)], ids=str)
def test_the_pattern_knows_the_calendar(years: range) -> None:
    for year in years:
        for month in range(14):
            for day in range(33):
                expected = _calendar_has(year, month, day)
                assert is_date(f"{year:04}-{month:02}-{day:02}") is expected
                assert is_date(f"{month:02}/{day:02}/{year:04} 00:00:00") is expected


@given(st.integers(1, 9999))
def test_the_29th_of_february_is_in_leap_years_only(year: int) -> None:
    assert is_date(f"{year:04}-02-29") is _calendar_has(year, 2, 29)


@given(st.datetimes(timezones=zones), st.sampled_from("T "))
def test_every_datetime_is_taken_and_means_the_same_when_delivered(
    instant: datetime, separator: str
) -> None:
    text = instant.isoformat(separator)

    assert is_date(text)
    assert datetime.fromisoformat(as_iso(text)) == instant
    assert "T" in as_iso(text)


@given(st.datetimes())
def test_the_month_first_form_means_the_same_when_delivered(instant: datetime) -> None:
    text = f"{instant:%m/%d/}{instant.year:04}{instant: %H:%M:%S}"

    assert is_date(text)
    assert datetime.fromisoformat(as_iso(text)) == instant.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "", "today", "20240101", "2024-W01-1", "2024-1-1", "2024-01-01T", "2024-01-01T10",
        "2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01x10:00", "2024-01-01 10:00:00 ",
        "2024-01-01\n", "2024-01-01T10:00:00.", "2024-01-01T10:00+24:00", "2024-01-01Z",
        "31/12/2024 00:00:00", "12/31/2024", "12/31/2024 00:00", "12-31/2024 00:00:00",
        "\u0662\u0660\u0662\u0664-01-01", " 2024-01-01",
    ],
)  # fmt: skip
def test_other_texts_are_no_dates(text: str) -> None:
    assert not is_date(text)
