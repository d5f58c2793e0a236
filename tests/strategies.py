"""Hypothesis strategies that tests of more than one folder share."""

from hypothesis import strategies as st

from processor.values import Json

characters = st.characters(exclude_categories=["Cs"])
"""Every code point but surrogates, which are no characters by themselves."""
texts = st.text(characters, max_size=12)
integers = st.integers(min_value=-(10**60), max_value=10**60)
doubles = st.floats(allow_nan=False, allow_infinity=False)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | integers | doubles | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
rows = st.lists(st.dictionaries(texts, json_values, max_size=4), max_size=4)

module_names = st.lists(
    st.sampled_from(["a", "b", "ab", "json", "xml", "etree"]), min_size=1, max_size=4
).map(".".join)

# Statements: small enough to read in a failure, and always ending soon. Nothing multiplies and no
# loop turns twice: values that double at each turn would fill any memory.

_variables = st.sampled_from(["a", "b", "c"])
_expressions: st.SearchStrategy[str] = st.recursive(
    _variables | st.integers(-9, 9).map(str) | st.sampled_from(["'é'", "'''x\n  y'''", "[1, 2]"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "==", "and"]), inner),
        st.builds("[{} for a in range(3)]".format, inner),
        st.builds("{{a: {} for a in range(2)}}".format, inner),
        st.builds("(lambda b: {})(1)".format, inner),
        st.builds("f'{{{}!r:>4}}'".format, _variables),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    return st.one_of(
        st.builds(lambda body: ["for a in [3]:", *_indented(body)], inner),
        st.builds(lambda test, body: [f"if {test}:", *_indented(body)], _one_line, inner),
        st.builds(lambda body: ["def f(b=2):", *_indented(body), "    return b", "c = f()"], inner),
        st.builds(lambda body: ["class K:", *_indented(body), "b = sorted(vars(K))"], inner),
        st.builds(
            lambda body: ["try:", *_indented(body), "except Exception as e:", "    b = repr(e)"],
            inner,
        ),
        st.builds(lambda first, second: [*first, *second], inner, inner),
    )


_one_line = _expressions.filter(lambda text: "\n" not in text)
_blocks_of_lines: st.SearchStrategy[list[str]] = st.recursive(
    st.lists(
        st.builds("{} {} {}".format, _variables, st.sampled_from(["=", "+=", "= c ="]), _one_line)
        | st.builds("a = (c := {})".format, _one_line),
        min_size=1,
        max_size=3,
    ),
    _blocks,
    max_leaves=4,
)
statement_lines: st.SearchStrategy[list[str]] = st.builds(
    lambda block, last: [*block, f"d = {last}", "return [repr((a, b, c, d))]"],
    _blocks_of_lines,
    _expressions,
)
"""Lines of a body that assigns, loops, defines and ends with a return, or raises."""
