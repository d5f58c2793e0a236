"""The policy in force, as a running service tells it."""

from typing import Any

from tests.served import Served, a_step


def named(listed: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in listed if each["name"] == name)


def test_the_policy_is_what_runs_are_held_to(service: Served) -> None:
    told = service.request("GET", "/v1/policy").body
    run = service.run(a_step("return []"))
    profile, environment = named(told["profiles"], "processor"), run["environment"]

    built = named(told["environments"], environment["name"])
    assert profile["environment"] == environment["name"]
    assert built["digest"] == environment["digest"]
    assert {"name": "pandas", "version": "2.0.3"} in built["packages"]
    assert "xml.etree" not in built["allowed_imports"]
    assert told["isolation"]["in_force"]["level"] == run["isolation"]["level"]


def test_a_ceiling_of_the_policy_is_the_highest_that_is_taken(service: Served) -> None:
    told = service.request("GET", "/v1/policy").body
    most = named(told["profiles"], "processor")["limits"]["ceilings"]["rows"]

    all_of_it = a_step("return []", limits={"rows": most})
    more = a_step("return []", limits={"rows": most + 1})

    assert service.request("POST", "/v1/runs", {"step": all_of_it}).status == 200
    assert service.request("POST", "/v1/runs", {"step": more}).status == 400


def test_a_setting_is_told_with_where_it_came_from(service: Served) -> None:
    settings = service.request("GET", "/v1/policy").body["settings"]

    sources = {each["key"]: each["source"] for each in settings}
    assert sources["limits.ready"] == "PROCESSOR_LIMITS__READY"
    assert sources["egress.most"] == "default"
    assert not [key for key in sources if "secret" in key or "token" in key or "dir" in key]
