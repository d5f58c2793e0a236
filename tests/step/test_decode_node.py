"""What a request says of a node: context, options, tiers, and which runtime."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from processor.egress import NO_NETWORK, read_policy
from processor.errors import InvalidRequest, Refusal
from processor.step import (
    NodeOptions,
    Order,
    decode_check,
    decode_definition,
    decode_order,
    read_requirements,
)
from tests.build import a_profile, some_limits

PROFILES = {
    "wasm-node": a_profile(
        name="wasm-node",
        environment="wasm",
        dialect="module",
        runtime="wasm",
        forked_environment="current",
        ceilings=some_limits(wall=timedelta(seconds=60), cpu=timedelta(seconds=60)),
    ),
    "processor": a_profile(),
}


def order(context: Any = None, inputs: Any = None, **step: Any) -> Order:
    given = {"context": context} if context is not None else inputs or {}
    members = {"statement": "x", "profile": "wasm-node", **step}
    return decode_order(json.dumps({"step": members, "inputs": given}).encode(), PROFILES)


def pointed(context: Any = None, inputs: Any = None, **step: Any) -> str:
    with pytest.raises(Refusal) as raised:
        order(context, inputs, **step)
    return raised.value.details[0].pointer


def test_a_node_needs_no_schema_and_has_its_profiles_dialect() -> None:
    step = order().step

    assert (step.output_schema, step.dialect, step.runtime) == (None, "module", "wasm")
    assert (step.environment, step.node) == ("wasm", NodeOptions())


def test_a_context_stays_as_it_was_sent() -> None:
    assert json.loads(order({"inputs": {"a": 1.0}, "mine": []}).inputs.context) == {
        "inputs": {"a": 1.0},
        "mine": [],
    }


def test_a_node_without_a_context_has_an_empty_one() -> None:
    assert order(inputs={"context": {}, "globals": {}, "INPUT_DATA": None}).inputs.context == b"{}"


@pytest.mark.parametrize(
    ("context", "pointer"),
    [
        ([1], "/inputs/context"),
        ({"inputs": []}, "/inputs/context/inputs"),
        ({"log_level": 9}, "/inputs/context/log_level"),
        ({"stream_state": "yes"}, "/inputs/context/stream_state"),
        ({"node_name": 1}, "/inputs/context/node_name"),
    ],
)
def test_a_mistake_in_a_context_is_pointed_at(context: Any, pointer: str) -> None:
    assert pointed(context) == pointer


def test_a_node_has_no_rows() -> None:
    assert pointed(inputs={"INPUT_DATA": [{"a": 1}]}) == "/inputs/INPUT_DATA"


def test_options_say_how_a_node_is_run() -> None:
    options = {"permissions": ["http"], "strict_pins": False, "node_name": "n", "fuel": 5}

    assert order(options=options).step.node == NodeOptions(
        permissions=frozenset({"http"}), strict_pins=False, node_name="n", fuel=5
    )


@pytest.mark.parametrize(
    ("tier", "memory_mib", "seconds"),
    [
        ("minimal", 16, 30),
        ("light", 32, 30),
        ("standard", 64, 30),
        ("intensive", 256, 30),
        ("quick", 512, 5),
        ("extended", 512, 60),
        ({"memory": "heavy"}, 128, 30),
        ({"memory": "heavy", "timeout": "quick"}, 128, 5),
    ],
)
def test_a_tier_names_limits(tier: Any, memory_mib: int, seconds: float) -> None:
    limits = order(options={"tier": tier}).step.limits

    assert limits.memory_bytes == memory_mib << 20
    assert limits.wall == timedelta(seconds=seconds)


def test_a_number_counts_above_a_tier() -> None:
    limits = order(options={"tier": "light"}, limits={"memory_bytes": 1 << 20}).step.limits

    assert limits.memory_bytes == 1 << 20


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"tier": "huge"}, "/step/options/tier"),
        ({"tier": {"memory": "quick"}}, "/step/options/tier/memory"),
        ({"tier": {"timeout": "heavy"}}, "/step/options/tier/timeout"),
        ({"tier": "long_running"}, "/step/limits/wall_seconds"),
        ({"fuel": 0}, "/step/options/fuel"),
        ({"permissions": ["a"] * 101}, "/step/options/permissions"),
    ],
)
def test_a_mistake_in_the_options_is_pointed_at(options: Any, pointer: str) -> None:
    assert pointed(options=options) == pointer


def test_a_node_may_run_forked_where_the_profile_says() -> None:
    step = order(runtime="forked").step

    assert (step.runtime, step.environment) == ("forked", "current")


@pytest.mark.parametrize(
    ("runtime", "environment"), [("wasm", "current"), ("forked", "wasm"), (None, "current")]
)
def test_a_runtime_runs_in_its_own_environments(runtime: Any, environment: str) -> None:
    assert pointed(runtime=runtime, environment=environment) == "/step/environment"


@pytest.mark.parametrize("runtime", ["wasm", "forked"])
def test_requirements_are_of_the_runtime_that_finds_them(runtime: Any) -> None:
    step = order(runtime=runtime, requirements="pydash").step

    assert step.environment == replace(read_requirements("pydash", ""), runtime=runtime)


def test_the_same_packages_for_another_runtime_are_another_environment() -> None:
    forked = read_requirements("pydash", "")

    assert replace(forked, runtime="wasm").digest != forked.digest


def test_a_module_is_checked_without_its_packages() -> None:
    step = {"statement": "x", "profile": "wasm-node", "requirements": "pydash"}

    assert decode_check(json.dumps({"step": step}).encode(), PROFILES).environment == "wasm"
    forked = {**step, "runtime": "forked"}
    assert decode_check(json.dumps({"step": forked}).encode(), PROFILES).environment == "current"


def test_a_definition_may_need_packages() -> None:
    body = b'{"statement": "x", "requirements": "pydash"}'

    wanted = replace(read_requirements("pydash", ""), runtime="wasm")
    assert decode_definition(body, PROFILES).environment == wanted


@pytest.mark.parametrize("mode", ["open", "none"])
def test_a_module_in_webassembly_has_the_network_that_its_step_says(mode: Any) -> None:
    assert order(network={"mode": mode}).step.network == read_policy(mode)


def test_no_other_statement_has_a_network_in_webassembly() -> None:
    schema = {"columns": [{"name": "x", "type": "Integer", "nullable": False}]}
    body = {"profile": "processor", "runtime": "wasm", "output_schema": schema}

    assert pointed(**body, network={"mode": "open"}) == "/step/network/mode"
    assert order(**body).step.network == NO_NETWORK


def test_another_profile_may_run_in_webassembly() -> None:
    schema = {"columns": [{"name": "x", "type": "Integer", "nullable": False}]}

    step = order(profile="processor", runtime="wasm", output_schema=schema).step

    assert (step.runtime, step.environment, step.dialect) == ("wasm", "wasm", "body")


def test_a_definition_is_asked_for_by_its_statement() -> None:
    assert decode_definition(b'{"statement": "x"}', PROFILES).environment == "wasm"


@pytest.mark.parametrize(
    "body",
    [
        {"statement": "x", "profile": "processor"},
        {"statement": "x", "requirements": "-r other.txt"},
        {"statement": "x" * 2000},
        {"statement": "x", "more": 1},
        {},
    ],
)
def test_a_definition_that_cannot_be_asked_for_is_refused(body: Any) -> None:
    with pytest.raises(InvalidRequest if "x" * 2000 not in body.values() else Refusal):
        decode_definition(json.dumps(body).encode(), PROFILES)
