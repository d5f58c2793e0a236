"""The text of an API key, and what is kept of it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.identity import mint, presented


def test_a_key_is_known_by_the_id_and_the_digest_that_are_kept() -> None:
    made = mint()

    assert presented(made.text) == (made.key_id, made.digest)


def test_what_is_kept_of_a_key_is_a_digest_of_its_secret() -> None:
    made = mint()

    assert made.digest == hashlib.sha256(made.text.split("_")[2].encode()).digest()


def test_a_key_tells_what_it_is() -> None:
    assert mint().text.startswith("prc_")


def test_no_two_keys_are_the_same() -> None:
    made = [mint() for _ in range(50)]

    assert len({each.key_id for each in made} | {each.text for each in made}) == 100


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_key_with_another_letter_is_none(at: int, letter: str) -> None:
    text = mint().text
    at %= len(text)
    mistyped = text[:at] + letter + text[at + 1 :]

    assert presented(mistyped) is None or mistyped == text


@pytest.mark.parametrize("change", ["{}\n", " {}", "{}_", "x{}"])
def test_a_key_with_something_around_it_is_none(change: str) -> None:
    assert presented(change.format(mint().text)) is None


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert presented(text) is None
