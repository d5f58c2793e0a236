"""What a statement may see of its inputs."""

import pytest

from processor.runtime.guest.inputs import BadInput, read_input


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1E+400", "9" * 400 + ".0"])
def test_a_number_beyond_double_precision_is_refused(number: str) -> None:
    with pytest.raises(BadInput, match="beyond double precision"):
        read_input("INPUT_DATA", f'[{{"a": {number}}}]'.encode())


def test_numbers_that_only_look_large_are_read_as_they_are() -> None:
    rows = read_input("INPUT_DATA", b'[{"a": 1e300, "b": "1e999", "c": 0.1e-999, "d": 1e+008}]')

    assert rows == [{"a": 1e300, "b": "1e999", "c": 0.0, "d": 1e8}]


def test_a_checkpoint_may_be_any_value() -> None:
    assert read_input("DATA_CHECKPOINT", b"7") == 7


@pytest.mark.parametrize(
    ("content", "problem"), [(b"5", "no list of objects"), (b"[{}, 1]", "row 1 is no object")]
)
def test_rows_are_objects_in_a_list(content: bytes, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        read_input("INPUT_DATA", content)
