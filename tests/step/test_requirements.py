import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InvalidRequest, TooLarge
from processor.step.requirements import Requirements, read_header, read_requirements

SHA = "sha256:" + "0" * 64


def read(text: str) -> Requirements:
    return read_requirements(text, "/step/requirements")


def lines(text: str) -> list[str]:
    return [each.line for each in read(text).wanted]


def refusal(text: str) -> str:
    with pytest.raises(InvalidRequest) as raised:
        read(text)
    assert raised.value.details[0].pointer == "/step/requirements"
    return raised.value.message


def header(*content: str) -> str:
    return "\n".join(["# /// script", *(f"# {line}" for line in content), "# ///", "1"])


def from_header(*content: str) -> Requirements:
    found = read_header(header(*content), "/step/statement")
    assert found is not None
    return found


def header_refusal(*content: str) -> str:
    with pytest.raises(InvalidRequest) as raised:
        from_header(*content)
    return raised.value.message


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "   # nothing"])
def test_a_text_may_want_nothing(text: str) -> None:
    assert lines(text) == []


def test_comments_and_spaces_are_no_part_of_a_requirement() -> None:
    assert lines("  Pydash == 8.0.3   # why\n# not this\nnumpy>=2,<3") == [
        "numpy<3,>=2",
        "pydash==8.0.3",
    ]


def test_a_line_may_go_on_in_the_next() -> None:
    assert lines("pydash \\\n  ==8.0.3\nsix") == ["pydash==8.0.3", "six"]


def test_extras_and_markers_are_kept() -> None:
    text = 'python-jose[cryptography]==3.5.0; python_version >= "3.11"'

    assert lines(text) == ['python-jose[cryptography]==3.5.0; python_version >= "3.11"']


def test_hashes_are_kept_apart() -> None:
    (wanted,) = read(f"six==1.16.0 \\\n --hash={SHA} \\\n --hash={SHA}").wanted

    assert (wanted.line, wanted.hashes) == ("six==1.16.0", (SHA,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("six\n-r other.txt", "line 2: the option -r is not read"),
        ("--index-url=https://a.example/simple", "line 1: the option --index-url is not read"),
        ("--find-links /etc", "the option --find-links"),
        ("-e .", "the option -e"),
        ("six @ https://a.example/six.whl", "line 1: six names an address"),
        ("six @ file:///etc/passwd", "six names an address"),
        ("./six", "line 1, './six'"),
        ("/etc/passwd", "line 1, '/etc/passwd'"),
        ("https://a.example/six.whl", "line 1, 'https://a.example/six.whl'"),
        ("git+https://a.example/six", "line 1, 'git+https://a.example/six'"),
        ("six==1 --hash=md5:0", "line 1"),
        ("six six", "line 1, 'six six'"),
        ("six==1\n\nsix=>1", "line 3, 'six=>1'"),
        ("a" * 8193, "line 1 has more than 8,192 characters"),
        ("a\n" * 501, "at most 500 requirements"),
        ("six; " + "(" * 5000, "line 1"),
    ],
)
def test_what_is_no_package_of_the_index_is_refused_with_its_line(text: str, told: str) -> None:
    assert told in refusal(text)


def test_a_text_is_bounded() -> None:
    with pytest.raises(TooLarge):
        read("#" * 65_537)


@given(st.text())
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except (InvalidRequest, TooLarge):
        return


@given(st.lists(st.sampled_from(["six", "numpy>=2", "Pydash==8.0.3", "a_b"])))
def test_the_same_packages_are_the_same_requirements(wanted: list[str]) -> None:
    spelled = "\n# and\n".join(f" {each.replace('_', '-').upper()} " for each in reversed(wanted))

    assert read("\n".join(wanted)).digest == read(spelled).digest


def test_another_version_is_another_digest() -> None:
    assert read("six==1.16").digest != read("six==1.17").digest


def test_a_header_is_read_as_requirements() -> None:
    found = from_header('requires-python = ">=3.11"', "dependencies = [", '  "pydash==8.0.3",', "]")

    assert [each.line for each in found.wanted] == ["pydash==8.0.3"]
    assert found.python == ">=3.11"


@pytest.mark.parametrize("statement", ["", "1", "# /// script\n1", "# /// other\n# a = 1\n# ///"])
def test_a_statement_without_a_header_wants_nothing(statement: str) -> None:
    assert read_header(statement, "/step/statement") is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("dependencies = [", "no TOML"),
        ("dependencies = 5", "a list of texts"),
        ("dependencies = [5]", "a list of texts"),
        ('dependencies = ["-r /etc/passwd"]', "the option -r"),
        ('dependencies = ["six\\n-e ."]', "one line"),
        ('requires-python = "three"', "requires-python"),
        ("requires-python = 3", "requires-python"),
        ("a = " + "[" * 2000, "no TOML"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(content: str, told: str) -> None:
    assert told in header_refusal(content)


def test_two_headers_are_one_too_many() -> None:
    with pytest.raises(InvalidRequest, match="more than one"):
        read_header(header("a = 1") + "\n" + header("a = 1"), "/step/statement")


def test_requirements_and_a_header_are_wanted_together() -> None:
    both = read("six").together_with(from_header('dependencies = ["numpy"]'))

    assert [each.line for each in both.wanted] == ["numpy", "six"]
