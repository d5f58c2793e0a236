"""What the strict reader refuses, found by row."""

import pytest

from processor.schema.unreadable import unreadable


@pytest.mark.parametrize(
    ("content", "pointer", "actual"),
    [
        (b'[{"a":1},{"a":[1,NaN]}]', "/1/a/1", "NaN"),
        (b'[{"a":-Infinity}]', "/0/a", "-Infinity"),
        (b'[{"a":{"b":"x\\ud800"}}]', "/0/a/b", "a lone surrogate in 'x\\ud800'"),
        (b'[{"\\udfff":1}]', "/0/\\udfff", "a lone surrogate in '\\udfff'"),
        (b'[{"a":1e400}]', "/0/a", "1e400"),
        (b'[{"a":' + b"1" * 5000 + b"}]", "/0/a", "one of 5000"),
        (b"[NaN]", "/0", "NaN"),
    ],
)
def test_an_unreadable_value_is_found(content: bytes, pointer: str, actual: str) -> None:
    (found,) = unreadable(content)

    assert found.row == int(pointer.split("/")[1])
    assert (found.pointer, found.actual) == (pointer, actual)


@pytest.mark.parametrize("content", [b"[", b'{"a":NaN', b"\xff", b"[" * 100_000, b"NaN", b"{}"])
def test_text_that_is_broken_otherwise_gives_nothing(content: bytes) -> None:
    assert list(unreadable(content)) == []


def test_all_are_found_in_the_order_of_the_rows() -> None:
    found = unreadable(b'[{"a":NaN,"b":NaN},{"a":NaN}]')

    assert [each.pointer for each in found] == ["/0/a", "/0/b", "/1/a"]
