"""Secrets are masked wherever they stand, in time that grows with the text only."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.masking import MASK, Masker


def masked_text(text: str, secrets: list[str]) -> str:
    return Masker(secrets).text(text)


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("key abcd end", ["abcd"], "key *** end"),
        ("abcd abcd", ["abcd"], "*** ***"),
        ("xabcdx", ["abc", "bcd"], "x***x"),
        ("xabcdx", ["bcd", "abc"], "x***x"),
        ("aaaa", ["aaa"], "***"),
        ("abcabc", ["abc"], "***"),
        ("abc***", ["abc", "***"], "***"),
        ("abcdef", ["abcdef", "cd"], "***"),
        ("abcde cd", ["abcdef", "cd"], "ab***e ***"),
        ("", ["abc"], ""),
        ("nothing", [], "nothing"),
        ("a\nb", ["a\nb"], "***"),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text: str, secrets: list[str], masked: str) -> None:
    assert masked_text(text, secrets) == masked


@given(st.text("abc*", max_size=20), st.lists(st.text("abc*", min_size=3, max_size=5), max_size=4))
def test_of_a_secret_no_letter_is_left(text: str, secrets: list[str]) -> None:
    kept = masked_text(text, secrets).split(MASK)

    covered = [
        any(
            text[start : start + len(secret)] == secret and start <= index < start + len(secret)
            for secret in secrets
            for start in range(len(text))
        )
        for index in range(len(text))
    ]
    left = [letter for letter, hidden in zip(text, covered, strict=True) if not hidden]
    assert [x for part in kept for x in part if x != "*"] == [x for x in left if x != "*"]


def test_texts_are_masked_at_any_depth_and_nothing_else_changes() -> None:
    told = {"a": ["key 123", 123, None, {"b": "123"}], "123": True}

    assert Masker(["123"]).masked(told) == {"a": ["key ***", 123, None, {"b": "***"}], "123": True}


@pytest.mark.parametrize(
    ("secrets", "texts"),
    [
        ([f"secret{number}" for number in range(3000)], ["x" * 90] * 10_000),
        (["a" * 30_000], ["a" * 65_000] * 15),
        (["a" * length for length in range(3, 250)], ["a" * 65_000] * 15),
    ],
    ids=["many secrets, many lines", "a long secret of one letter", "secrets within secrets"],
)
def test_neither_many_secrets_nor_long_ones_take_long(secrets: list[str], texts: list[str]) -> None:
    started = time.process_time()
    masked = Masker(secrets).masked(texts)

    assert time.process_time() - started < 8  # it was half a minute, and takes half a second
    assert len(masked) == len(texts)
