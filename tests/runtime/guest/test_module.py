"""Modules of nodes as the guest runs them; natively here, in WebAssembly in tests/runtime/wasm."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from processor.runtime.guest.encode import NotSerialisable
from processor.runtime.guest.journal import Journal
from processor.runtime.guest.module import answer_of, definitions_of
from processor.runtime.guest.module.host import LARGEST_BODY
from processor.runtime.guest.module.sdk import declared
from processor.runtime.guest.wrong import InvalidDefinition, UnknownPin, WrongAnswer

SDK = "from flow_like_wasm_sdk import *\n"
OUTSIDE = SDK + (
    "def get_definition():\n"
    "    nd = NodeDefinition('n', 'N', 'd', 'C')\n"
    "    nd.permissions = PERMISSIONS\n"
    "    nd.add_pin(PinDefinition.output_pin('x', 'Generic'))\n"
    "    return nd\n"
)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    names = set(sys.modules)
    yield
    declared._registered.clear()
    for name in set(sys.modules) - names:
        if name.split(".")[0] in {"node", "sdk", "flow_like_wasm_sdk"}:
            del sys.modules[name]


class Ran:
    """One run of a module, and what it told on the way."""

    def __init__(self, source: str, inputs: Any = None, **given: Any) -> None:
        self.entries: list[dict[str, Any]] = []
        self.streams: list[tuple[str, object]] = []
        self.asked: list[tuple[str, Any]] = []
        options = {
            "network": given.pop("network", True),
            "permissions": given.pop("permissions", None),
            "strict_pins": given.pop("strict_pins", False),
            "node_name": given.pop("node", None),
        }
        context = {"inputs": inputs or {}, **given}
        journal = Journal(lambda _kind, content: self.entries.append(json.loads(content)))
        declared._registered.clear()
        answer = answer_of(source, context, options, journal, self._stream, self._ask)
        self.answer = json.loads(answer)

    def _stream(self, kind: str, data: object) -> None:
        self.streams.append((kind, data))

    def _ask(self, name: str, content: Any) -> Any:
        self.asked.append((name, content))
        return {"status": 200, "headers": {}, "body": "{}"}

    @property
    def outputs(self) -> Any:
        return self.answer["outputs"]

    @property
    def told(self) -> list[str]:
        return [entry["message"] for entry in self.entries if entry["source"] == "service"]


def defined(source: str) -> list[dict[str, Any]]:
    declared._registered.clear()
    nodes: list[dict[str, Any]] = json.loads(definitions_of(source, Journal(lambda *_: None)))[
        "nodes"
    ]
    return nodes


def seed(run: str, *pins: tuple[str, str, str], **members: Any) -> str:
    """Give a module in dictionary style: pins as (name, direction, type), and the body of `run`."""
    told = [
        {
            "name": name,
            "friendly_name": "",
            "description": "",
            "pin_type": way,
            "data_type": kind,
            **members.pop(name, {}),
        }
        for name, way, kind in pins
    ]
    node = {"name": "n", "friendly_name": "N", "description": "", "category": "C", "pins": told}
    return f"def get_node():\n    return {node | members!r}\n\ndef run(context):\n    {run}\n"


def probe(*lines: str, permissions: tuple[str, ...] = ()) -> str:
    """Give a module in SDK style: the body of `run`, which outputs by `out(name, value)`."""
    body = "\n".join(f"    {line}" for line in lines)
    source = OUTSIDE.replace("PERMISSIONS", repr(list(permissions)))
    return f"{source}\ndef run(ctx):\n    out = ctx.set_output\n{body}\n    return ctx.finish()\n"


GOES_ON = "return {'outputs': {}, 'error': None}"
OUT, IN = "Output", "Input"


@pytest.mark.parametrize(
    ("pins", "activated"),
    [
        ((("exec_out", OUT, "Execution"), ("other", OUT, "exec")), ["exec_out"]),
        ((("next", OUT, "EXEC"),), ["next"]),
        ((("a", OUT, "exec"), ("b", OUT, "exec")), []),
        ((("exec_out", OUT, "String"),), []),
        ((("exec_in", IN, "exec"),), []),
        ((), []),
    ],
)
def test_a_dictionary_goes_on_at_the_pin_that_is_meant(pins: Any, activated: list[str]) -> None:
    assert Ran(seed(GOES_ON, *pins)).answer["activate_exec"] == activated


def test_a_dictionary_that_names_no_pin_goes_on_nowhere() -> None:
    run = "return {'outputs': {}, 'activate_exec': []}"

    assert Ran(seed(run, ("exec_out", OUT, "exec"))).answer["activate_exec"] == []


def test_a_dictionary_with_an_error_goes_on_nowhere() -> None:
    answer = Ran(seed("return {'outputs': {'x': 1}, 'error': 'no'}", ("e", OUT, "exec"))).answer

    assert answer == {"outputs": {"x": 1}, "error": "no", "activate_exec": [], "pending": None}


SHOWS = "return {'outputs': {'seen': context['inputs']}}"


def test_a_pin_without_a_wire_has_its_default() -> None:
    module = seed(SHOWS, ("a", IN, "String"), ("b", IN, "String"), a={"default_value": [1]})

    assert Ran(module).outputs["seen"] == {"a": [1]}
    assert Ran(module, {"a": None}).outputs["seen"] == {"a": None}
    assert Ran(module, {"b": 2, "more": 3}).outputs["seen"] == {"a": [1], "b": 2, "more": 3}


def test_a_context_has_every_member() -> None:
    seen = Ran(seed("return {'outputs': {'seen': context}}"), user_id=None, mine=1).outputs["seen"]

    assert seen == {
        "inputs": {}, "node_id": "", "run_id": "", "app_id": "", "board_id": "", "user_id": "",
        "stream_state": False, "log_level": 1, "node_name": "n", "mine": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ("None", "run() returned NoneType, not an object"),
        ("[]", "run() returned list, not an object"),
        ("{}", "missing field `outputs`"),
        ("{'outputs': []}", "`outputs` is no object"),
        ("{'outputs': {1: 2}}", "`outputs` is no object"),
        ("{'outputs': {}, 'activate_exec': 'x'}", "`activate_exec` is no list"),
        ("{'outputs': {}, 'pending': 1}", "`pending` is neither"),
    ],
)
def test_what_is_no_answer_is_told(returned: str, problem: str) -> None:
    with pytest.raises(WrongAnswer) as raised:
        Ran(seed(f"return {returned}"))

    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("'outputs': {'x': 1}", "Pin x not found"),
        ("'outputs': {'a': 1}", "Pin a not found"),
        ("'outputs': {}, 'activate_exec': ['x']", "Pin x not found"),
        ("'outputs': {}, 'activate_exec': ['o']", "Pin o is not of type Execution"),
        ("'outputs': {}, 'activate_exec': ['start']", "Pin start is not of type Output"),
    ],
)
def test_a_pin_that_is_not_so_defined_is_refused_or_warned_of(answer: str, problem: str) -> None:
    pins = (("a", IN, "String"), ("o", OUT, "String"), ("start", IN, "exec"))
    module = seed(f"return {{{answer}}}", *pins)

    with pytest.raises(UnknownPin, match=problem):
        Ran(module, strict_pins=True)
    assert Ran(module).told == [problem]


@pytest.mark.parametrize(
    ("value", "member", "told"),
    [
        ("b'hi'", {}, "aGk="),
        ("b'hi'", {"value_type": "array"}, [104, 105]),
        ("{3, 1}", {"value_type": "HashSet"}, [1, 3]),
        ("(1, 'é')", {}, [1, "é"]),
    ],
)
def test_an_output_is_told_as_its_pin_carries_it(value: str, member: Any, told: Any) -> None:
    module = seed(f"return {{'outputs': {{'o': {value}}}}}", ("o", OUT, "Byte"), o=member)

    assert Ran(module).outputs == {"o": told}


@pytest.mark.parametrize("value", ["{1}", "float('nan')", "object()", "'\\ud800'", "{1: 2}"])
def test_an_output_that_has_no_json_form_is_told_with_its_path(value: str) -> None:
    with pytest.raises(NotSerialisable, match=r"^outputs\.o"):
        Ran(seed(f"return {{'outputs': {{'o': [{value}]}}}}", ("o", OUT, "Generic")))


CACHES = "ctx.cache_set('k', 1); out('x', [ctx.cache_get('k'), ctx.cache_has('k')])"
SETS = "out('x', [ctx.set_variable('k', 2), ctx.get_variable('k')])"
LISTS = "out('x', [ctx.storage_dir()['path'], ctx.storage_list({'path': ''})])"
WRITES = "out('x', [ctx.storage_write({'path': 'a'}, b'1'), len(ctx.storage_list({'path': ''}))])"


@pytest.mark.parametrize(
    ("permission", "line", "granted"),
    [
        ("cache", CACHES, [1, True]),
        ("variables", SETS, [True, 2]),
        ("storage:read", LISTS, ["storage", []]),
        ("storage_write", WRITES, [True, 1]),
        ("http", "out('x', ctx.http_get('https://a.test')['status'])", 200),
    ],
)  # fmt: skip
def test_what_a_permission_opens(permission: str, line: str, granted: Any) -> None:
    assert Ran(probe(line), permissions=[permission]).outputs == {"x": granted}


@pytest.mark.parametrize(
    ("line", "refused", "missing"),
    [
        (CACHES, [None, False], "cache"),
        (SETS, [False, None], "variables"),
        ("out('x', ctx.storage_dir() or ctx.storage_read({}))", None, "storage:read"),
        ("out('x', ctx.storage_write({'path': 'a'}, b'1'))", False, "storage:write"),
        ("out('x', ctx.http_get('https://a.test'))", None, "network:http"),
    ],
)  # fmt: skip
def test_what_is_not_granted_is_none_and_named_once(line: str, refused: Any, missing: str) -> None:
    ran = Ran(probe(line, line))

    assert ran.outputs == {"x": refused}
    assert ran.told == [f"permission {missing} missing"]
    assert ran.asked == []


def test_what_the_definition_asks_for_is_granted_but_for_the_network() -> None:
    lines = ("ctx.cache_set('k', 1)", "out('x', [ctx.cache_get('k'), ctx.http_get('h')])")

    ran = Ran(probe(*lines, permissions=("cache", "http")), network=False)

    assert ran.outputs == {"x": [1, None]}
    assert ran.told == ["permission network:http missing"]


def test_the_network_that_a_definition_asks_for_is_granted_where_the_step_has_one() -> None:
    ran = Ran(probe("out('x', ctx.http_get('h')['status'])", permissions=("http",)))

    assert ran.outputs == {"x": 200}


def test_a_request_without_a_network_is_not_asked() -> None:
    line = "out('x', ctx.http_get('h'))"

    ran = Ran(probe(line), permissions=["http"], network=False)

    assert (ran.outputs, ran.asked) == ({"x": None}, [])
    assert ran.told == ["an HTTP request was not made: the step has no network"]


def test_a_body_that_is_too_large_is_not_asked() -> None:
    line = f"out('x', ctx.http_post('h', bytes({LARGEST_BODY + 1})))"

    ran = Ran(probe(line), permissions=["http"])

    assert (ran.outputs, ran.asked) == ({"x": None}, [])
    assert ran.told == ["an HTTP request was not made: its body is over 4,194,304 bytes"]


def test_a_request_is_asked_of_the_service() -> None:
    ran = Ran(
        probe("out('x', ctx.http_post('https://a.test', b'{}', {'a': 'b'}))"), permissions=["http"]
    )

    body = "e30="
    request = {"method": 1, "url": "https://a.test", "headers": {"a": "b"}, "body_base64": body}
    assert ran.asked == [("http", request)]


def test_what_is_not_here_is_none_and_told() -> None:
    asks = "[ctx.llm_prompt(Bit('b'), []), ctx.db_query(0, {}, {}), ctx.get_oauth_token('g')]"

    ran = Ran(probe(f"out('x', {asks})"))

    assert ran.outputs == {"x": [None, None, None]}
    assert ran.told == [
        f"{name} is not served here" for name in ("llm_prompt", "db_query", "oauth")
    ]


def test_a_run_may_be_a_coroutine() -> None:
    module = seed(GOES_ON).replace("def run", "async def run")

    assert Ran(module).answer["error"] is None


def test_which_node_runs_may_be_an_option() -> None:
    module = SDK + (
        "def get_definitions():\n    return [NodeDefinition(n, n, n, 'C') for n in ('a', 'b')]\n"
        "def run(name, ctx):\n    ctx.set_output('ran', [name, ctx.node_name])\n"
        "    return ctx.finish()\n"
    )

    assert Ran(module, node="b").outputs == {"ran": ["b", "b"]}
    assert Ran(module, node="b", node_name="a").outputs == {"ran": ["a", "a"]}


def test_several_nodes_may_share_a_run_that_asks_its_context() -> None:
    module = SDK + (
        "def get_definitions():\n    return [NodeDefinition(n, n, n, 'C') for n in ('a', 'b')]\n"
        "def run(ctx):\n    ctx.set_output('ran', ctx.node_name)\n    return ctx.finish()\n"
    )

    assert Ran(module, node_name="b").outputs == {"ran": "b"}


def test_a_class_may_bring_its_own_definition() -> None:
    module = SDK.replace("flow_like_wasm_sdk", "sdk") + (
        "class Mine(WasmNode):\n"
        "    def get_node(self):\n        return NodeDefinition('mine', 'M', 'd', 'C')\n"
        "    def run(self, ctx):\n        return ctx.success('on')\n"
    )

    assert Ran(module).answer["activate_exec"] == ["on"]
    assert defined(module)[0]["name"] == "mine"


DECLARED = (
    SDK
    + """
class BlendPrices(WasmNode, category="Shop"):
    '''Blends prices.'''
    permissions = ["http"]
    share: float = Input(default=0.5, ge=0, le=1, pin_name="part")
    names: list[str] | None = Input(options=["a", "b"], title="Who")
    raw: bytes = Input(sensitive=True)
    path: FlowPath = Input()
    kinds: set[str] = Output(pin_name="kind_set")
    total: float = Output()

    def run(self, ctx):
        ctx.total = ctx.share * 2
        ctx.kinds = set(ctx.names or ()) | {ctx.raw.decode()} if ctx.raw else set()
        return ctx.success()
"""
)


def test_a_class_declares_its_pins() -> None:
    (node,) = defined(DECLARED)
    pins = {pin["name"]: pin for pin in node["pins"]}

    assert (node["name"], node["friendly_name"], node["category"]) == (
        "blend_prices", "Blend Prices", "Shop",
    )  # fmt: skip
    assert (node["description"], node["permissions"]) == ("Blends prices.", ["network:http"])
    assert [*pins] == ["exec", "part", "names", "raw", "path", "exec_out", "kind_set", "total"]
    assert (pins["part"]["range"], pins["part"]["default_value"]) == ([0, 1], 0.5)
    assert (pins["names"]["value_type"], pins["names"]["valid_values"]) == ("Array", ["a", "b"])
    assert pins["names"]["friendly_name"] == "Who"
    assert (pins["raw"]["data_type"], pins["raw"]["sensitive"]) == ("Bytes", True)
    assert (pins["path"]["data_type"], pins["path"]["enforce_schema"]) == ("Struct", True)
    assert pins["kind_set"]["value_type"] == "HashSet"


def test_a_declared_pin_is_read_and_written_under_its_name() -> None:
    assert Ran(DECLARED, {"part": "2", "names": ["b"], "raw": "aGk="}).outputs == {
        "total": 4.0,
        "kind_set": ["b", "hi"],
    }
    assert Ran(DECLARED, {"share": 3}).outputs["total"] == 1.0  # the pin's own default is its value


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = 1", "it has no `get_node()`"),
        ("def get_node(): return {}", "it has no `run(context)`"),
        (seed(GOES_ON).replace("'category'", "'kategory'"), "missing field `category`"),
        (
            seed(GOES_ON, ("a", IN, "x")).replace("'data_type'", "'type'"),
            "missing field `data_type`",
        ),
        (seed(GOES_ON, scores={"cost": 300}), "scores.cost is not an integer from 0 to 255"),
        (seed(GOES_ON, scores={"cost": 0.5}), "scores.cost"),
        (seed(GOES_ON, permissions="http"), "permissions is not a list of names"),
        (seed(GOES_ON, name=1), "name is not a text"),
        ("def get_node(): return 3\nrun = print", "nodes[0] is not an object"),
        ("def get_node(): return []\nrun = print", "1 to 200 nodes, not 0"),
        ("def get_node(): raise KeyError('x')\nrun = print", "KeyError: 'x'"),
    ],
)
def test_a_definition_that_is_none_is_told(source: str, problem: str) -> None:
    with pytest.raises(InvalidDefinition) as raised:
        defined(source)

    assert problem in str(raised.value)


def test_a_definition_has_every_member() -> None:
    (node,) = defined(seed(GOES_ON, scores={"cost": 2}))

    assert node["scores"] == {
        "privacy": 0, "security": 0, "performance": 0, "governance": 0, "reliability": 0, "cost": 2,
    }  # fmt: skip
    filled = ("icon", "docs", "long_running", "abi_version", "permissions")
    assert [node[name] for name in filled] == [None, None, False, 1, []]
