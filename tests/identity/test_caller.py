"""Scopes and tenants by their names."""

import pytest

from processor.identity import ALL_SCOPES, Caller, Scope, read_scopes, read_tenant


def a_caller(*scopes: Scope) -> Caller:
    return Caller(name="somebody", tenant=read_tenant("a"), scopes=frozenset(scopes))


@pytest.mark.parametrize("scope", ALL_SCOPES)
def test_an_admin_may_all(scope: Scope) -> None:
    assert a_caller("admin").may(scope)


def test_a_caller_may_what_its_scopes_say_and_no_more() -> None:
    caller = a_caller("run", "checkpoint:read")

    assert [scope for scope in ALL_SCOPES if caller.may(scope)] == ["run", "checkpoint:read"]


@pytest.mark.parametrize("names", [[], ["everything"], ["run", "Run"], [""]])
def test_scopes_that_are_not_known_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="known are run, check"):
        read_scopes(names)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "ü", "a" * 65, "a\n", "../a"])
def test_what_is_no_tenant_s_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a tenant's name"):
        read_tenant(name)
