"""The packages of the environment, as statements use them."""

from typing import Any

import pytest

from processor.errors import NotSerialisable

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("np.int64(2**62)", 2**62),
        ("np.uint64(2**64 - 1)", 2**64 - 1),
        ("np.int8(-1)", -1),
        ("np.float64(0.1)", 0.1),
        ("np.float16(0.5)", 0.5),
        ("np.longdouble(0.5)", 0.5),
        ("np.bool_(True)", True),
        ("np.str_('é')", "é"),
        ("np.bytes_(b'\\xff')", "/w=="),
        ("np.datetime64('2024-02-29')", "2024-02-29T00:00:00"),
        ("np.datetime64('2024-02-29T01:02:03.000004', 'ns')", "2024-02-29T01:02:03.000004"),
        ("np.datetime64('NaT')", None),
        ("pd.Timestamp('2024-02-29 01:02:03')", "2024-02-29T01:02:03"),
        ("pd.Timestamp('2024-02-29', tz='UTC')", "2024-02-29T00:00:00+00:00"),
        ("pd.NaT", None),
        ("pd.NA", None),
        ("[np.int64(1), {'b': pd.NaT}]", [1, {"b": None}]),
        ("pd.Series([1, 2]).tolist()", [1, 2]),
        ("pd.Series([1, 2]).sum()", 3),
    ],
)
async def test_a_value_is_normalised(host: Host, expression: str, plain: Any) -> None:
    value = await host.value(expression)

    assert value == plain
    assert type(value) is type(plain)


@pytest.mark.parametrize(
    ("expression", "problem", "hint"),
    [
        ("np.array([1])", "a ndarray has no JSON form", "make it a list: `array.tolist()`"),
        ("pd.Series([1])", "a Series has no JSON form", "make it a list: `series.tolist()`"),
        (
            "pd.DataFrame({'b': [1]})",
            "a DataFrame has no JSON form",
            'make it a list: `frame.to_dict("records")`',
        ),
        ("np.timedelta64(1, 'ns')", "a timedelta64 has no JSON form", None),
        ("np.timedelta64(1, 's')", "a timedelta64 has no JSON form", None),
        ("pd.Timedelta(1)", "a Timedelta has no JSON form", None),
        ("np.complex128(1)", "a complex128 has no JSON form", None),
        ("np.datetime64('20000-01-01')", "a datetime64 has no JSON form", None),
        ("np", "a module has no JSON form", None),
        ("np.float32", "a type has no JSON form", None),
        ("np.add", "an ufunc has no JSON form", None),
        ("pd.Period('2024')", "a Period has no JSON form", None),
    ],
)
async def test_a_value_without_a_json_form_is_refused(
    host: Host, expression: str, problem: str, hint: str | None
) -> None:
    error = await host.error(
        f"import pandas as pd, numpy as np\nreturn [{{'a': 1}}, {{'a': {expression}}}]"
    )

    assert isinstance(error, NotSerialisable)
    assert error.message == f"rows[1].a: {problem}"
    assert error.hint == hint


@pytest.mark.parametrize("expression", ["np.nan", "np.float32('inf')", "np.longdouble('nan')"])
async def test_a_number_that_is_none_is_null_where_it_may_be(host: Host, expression: str) -> None:
    assert await host.value(expression, nullable=("a",)) is None


FRAME = "import pandas as pd\nreturn pd.DataFrame({'a': [1, None], 'b': ['x', 'y']})"


async def test_a_data_frame_is_its_records(host: Host) -> None:
    assert await host.rows(FRAME, nullable=("a",)) == [{"a": 1.0, "b": "x"}, {"a": None, "b": "y"}]


async def test_a_data_frame_with_nan_where_none_may_be_is_refused(host: Host) -> None:
    error = await host.error(FRAME)

    assert error.message == "rows[1].a: nan has no JSON form"


async def test_a_data_frame_with_numbered_columns_is_refused(host: Host) -> None:
    error = await host.error("import pandas as pd\nreturn pd.DataFrame([[1]])")

    assert error.message == "rows[0]: the key 0 is an int, not text"


async def test_an_empty_data_frame_is_no_rows(host: Host) -> None:
    assert await host.rows("import pandas as pd\nreturn pd.DataFrame()") == []


async def test_a_series_is_no_list(host: Host) -> None:
    error = await host.error("import pandas as pd\nreturn pd.Series([1])")

    assert error.hint == "make it a list: `return list(rows)`"


JWE = """
from jose import jwe, jwk
key = {key}
token = jwe.encrypt(b"text", key, algorithm="{algorithm}", encryption="{encryption}")
return [{{"a": jwe.decrypt(token, {private}).decode()}}]
"""

RSA = """
serialization = __import__("json").codecs.builtins.__import__(
    "cryptography.hazmat.primitives.serialization", fromlist=["x"])
rsa = __import__("json").codecs.builtins.__import__(
    "cryptography.hazmat.primitives.asymmetric.rsa", fromlist=["x"])
made = rsa.generate_private_key(65537, 2048)
private = made.private_bytes(serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
public = made.public_key().public_bytes(serialization.Encoding.PEM,
    serialization.PublicFormat.SubjectPublicKeyInfo).decode()
"""


@pytest.mark.parametrize(
    ("algorithm", "encryption", "key"),
    [
        ("dir", "A128GCM", "b'k' * 16"),
        ("dir", "A256CBC-HS512", "b'k' * 64"),
        ("A128KW", "A128GCM", "b'k' * 16"),
        ("A128KW", "A128CBC-HS256", "b'k' * 16"),
    ],
)
async def test_jose_encrypts_and_decrypts(
    host: Host, algorithm: str, encryption: str, key: str
) -> None:
    statement = JWE.format(algorithm=algorithm, encryption=encryption, key=key, private="key")

    assert await host.rows(statement) == [{"a": "text"}]


@pytest.mark.parametrize("encryption", ["A128GCM", "A256CBC-HS512"])
async def test_jose_encrypts_with_a_public_key(host: Host, encryption: str) -> None:
    statement = RSA + JWE.format(
        algorithm="RSA-OAEP", encryption=encryption, key="public", private="private"
    )

    assert await host.rows(statement) == [{"a": "text"}]


async def test_two_runs_encrypt_the_same_text_differently(host: Host) -> None:
    statement = """
        from jose import jwe
        token = jwe.encrypt(b"text", b"k" * 16, algorithm="dir", encryption="A128GCM")
        return [{"a": token.decode()}]
    """

    assert await host.rows(statement) != await host.rows(statement)


async def test_matplotlib_draws_without_a_warning(host: Host) -> None:
    statement = """
        import io, base64, warnings
        import matplotlib.pyplot as plt
        warnings.simplefilter("always")
        figure, axes = plt.subplots()
        axes.plot([1, 2], [3, 4], label="$x^2$ é")
        axes.set_title("title"); axes.legend()
        png, svg = io.BytesIO(), io.BytesIO()
        figure.savefig(png, format="png"); figure.savefig(svg, format="svg")
        return [{"png": png.getvalue()[:4], "svg": "<svg" in svg.getvalue().decode()}]
    """
    execution = await host.run(statement)

    assert execution.entries == ()
    assert await host.rows(statement) == [{"png": "iVBORw==", "svg": True}]


async def test_each_listed_module_can_be_imported_without_a_warning(host: Host) -> None:
    names = sorted(host.environment.allowed_imports)
    statement = "\n".join([f"import {name}" for name in names])

    assert await host.entries(f"{statement}\nreturn []") == ()


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("datetime.datetime.strptime('2024-02-29', '%Y-%m-%d')", "2024-02-29T00:00:00"),
        ("time.strptime('2024', '%Y').tm_year", 2024),
        ("numpy.array([1.0, 3.0]).mean()", 2.0),
        ("numpy.array([1.0, 3.0]).std()", 1.0),
        ("str(numpy.array([1]))", "[1]"),
        ("pandas.to_datetime('29/02/2024', format='%d/%m/%Y')", "2024-02-29T00:00:00"),
        ("pandas.Timestamp('2024', tz='Europe/Prague').utcoffset().total_seconds()", 3600.0),
        ("yaml.safe_load('a: 2024-01-01')['a']", "2024-01-01"),
        ("passlib.hash.pbkdf2_sha256.verify('x', passlib.hash.pbkdf2_sha256.hash('x'))", True),
        ("deepdiff.DeepDiff([1], [1, 2])['iterable_item_added']['root[1]']", 2),
        ("httpx.URL('https://example.org/é').raw_path.decode()", "/%C3%A9"),
    ],
)
async def test_what_a_library_imports_when_it_is_used_passes(
    host: Host, expression: str, plain: Any
) -> None:
    names = "datetime, deepdiff, httpx, numpy, pandas, passlib.hash, time, yaml"

    rows = await host.rows(f"import {names}\nreturn [{{'a': {expression}}}]")

    assert rows == [{"a": plain}]


async def test_etree_can_be_reached_from_xml(host: Host) -> None:
    statement = """
        from xml import etree
        return [{"a": etree.ElementTree.fromstring("<a>é</a>").text}]
    """

    assert await host.rows(statement) == [{"a": "é"}]
