"""Tokens of an issuer: which ones hold, and what is read out of them."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from processor.errors import Unauthenticated
from processor.identity import Caller
from processor.identity.tokens import ASYMMETRIC, FixedKeys, Policy, Tokens, read_keys

NOW = int(datetime.now(UTC).timestamp())
"""When the tests were collected: some run many minutes later."""
DAY = 86_400
RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
TWIN = RSAKey.import_key(
    {name: value for name, value in RSA.as_dict(private=True).items() if name != "alg"}
)
"""The same key, that does not say what it is for."""
OTHER = RSAKey.generate_key(2048, {"kid": "two"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})
POLICY = {
    "issuer": "https://issuer.example",
    "audience": "processor",
    "scope_claim": "scope",
    "tenant_claim": "org",
}


def claims(**changes: Any) -> dict[str, Any]:
    whole = {
        "iss": "https://issuer.example",
        "aud": "processor",
        "exp": NOW + DAY,
        "scope": "openid run check",
        "org": "acme",
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def a_token(
    key: Any = RSA,
    header: dict[str, Any] | None = None,
    *,
    nameless: bool = False,
    **changes: Any,
) -> str:
    head = {"alg": "RS256", **({} if nameless else {"kid": key.kid}), **(header or {})}
    registry = JWSRegistry(algorithms=[head["alg"]], strict_check_header=False)
    return jwt.encode(head, claims(**changes), key, registry=registry)


def caller(
    token: str, *, algorithms: str = "RS256", keys: list[Any] | None = None, **policy: str
) -> Caller:
    public = KeySet([RSA, CURVE] if keys is None else keys)
    known = Policy(algorithms=frozenset(algorithms.split()), **(POLICY | policy))
    return asyncio.run(Tokens(known, FixedKeys(public)).caller(token))


def test_a_token_tells_its_tenant_and_scopes() -> None:
    assert caller(a_token()) == Caller(
        name="token", tenant=caller(a_token()).tenant, scopes=frozenset({"run", "check"})
    )
    assert caller(a_token()).tenant == "acme"


def test_scopes_may_be_a_list_and_have_another_name() -> None:
    assert caller(a_token(roles=["admin", "x"]), scope_claim="roles").scopes == {"admin"}


def test_a_token_without_scopes_may_nothing() -> None:
    assert caller(a_token(scope=None)).scopes == frozenset()


def test_without_a_claim_for_it_the_tenant_is_the_default_one() -> None:
    assert caller(a_token(org=None), tenant_claim="").tenant == "default"


def test_clocks_may_be_half_a_minute_apart() -> None:
    now = int(datetime.now(UTC).timestamp())
    assert caller(a_token(exp=now - 10, nbf=now + 10)).tenant == "acme"


def test_a_token_may_be_for_several() -> None:
    assert caller(a_token(aud=["other", "processor"])).tenant == "acme"


def test_a_header_that_nobody_knows_is_left_aside() -> None:
    assert caller(a_token(header={"nonce": "n"})).tenant == "acme"


def test_only_where_there_is_no_choice_a_key_needs_no_name() -> None:
    token = a_token(nameless=True)

    assert caller(token, keys=[RSA]).tenant == "acme"
    with pytest.raises(Unauthenticated):
        caller(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"exp": NOW - DAY},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"nbf": NOW + DAY},
        {"org": None},
        {"org": "../acme"},
        {"org": ["acme"]},
        {"org": {"a": 1}},
        {"scope": 7},
    ],
    ids=" and ".join,
)
def test_a_token_whose_claims_do_not_hold_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="is not one that this service takes"):
        caller(a_token(**changes))


def resigned(header: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims()).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def forged() -> dict[str, str]:
    good = a_token()
    head, body, signature = good.split(".")
    hmac_key = OctKey.generate_key(256)
    return {
        "another key's signature": a_token(OTHER, {"kid": "one"}),
        "a key that is not known": a_token(OTHER),
        "no signature": f"{head}.{body}.",
        "no algorithm": resigned({"alg": "none", "kid": "one"}),
        "no algorithm and no key": resigned({"alg": "none"}),
        "a symmetric algorithm": a_token(hmac_key, {"alg": "HS256", "kid": "one"}),
        "an algorithm that is not listed": a_token(TWIN, {"alg": "RS512"}),
        "a key that is for another algorithm": a_token(CURVE, {"alg": "ES256"}),
        "something critical that nobody knows": resigned(
            {"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}
        ),
        "a key of its own": resigned({"alg": "RS256", "jwk": RSA.as_dict(private=False)}),
        "changed claims": f"{head}.{resigned({}).split('.')[1]}x.{signature}",
        "deep claims": resigned_deep(),
        "four parts": f"{good}.x",
        "nothing": "..",
        "no text": "é.è.ê",
    }


def resigned_deep() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"one"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=")
    return f"{head}.{body}.x"


@pytest.mark.parametrize("what", forged())
def test_a_forged_token_is_refused(what: str) -> None:
    with pytest.raises(Unauthenticated, match="is not one that this service takes"):
        caller(forged()[what])


def test_a_key_is_used_for_what_it_says_it_is_for() -> None:
    with pytest.raises(Unauthenticated):
        caller(a_token(TWIN, {"alg": "RS512"}), algorithms="RS256 RS512")
    assert caller(a_token(CURVE, {"alg": "ES256"}), algorithms="RS256 ES256").tenant == "acme"


def test_a_key_for_encryption_signs_nothing() -> None:
    key = RSAKey.import_key(OTHER.as_dict(private=True) | {"kid": "enc", "use": "enc"})
    signing = RSAKey.import_key(OTHER.as_dict(private=True) | {"kid": "enc"})

    with pytest.raises(Unauthenticated):
        caller(a_token(signing), keys=[key])


def test_a_set_of_keys_is_read() -> None:
    content = json.dumps({"keys": [RSA.as_dict(private=False)]}).encode()

    assert [key.kid for key in read_keys(content)] == ["one"]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": []}', b'{"keys": [1]}', b"[" * 9000),
        json.dumps({"keys": [{"kty": "oct", "k": "YQ"}] * 101}).encode(),
    ],
    ids=range(8),
)
def test_what_is_no_set_of_keys_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no JWK Set"):
        read_keys(content)


def test_no_symmetric_algorithm_is_taken_for_one_that_may_be_published() -> None:
    assert not {name for name in ASYMMETRIC if name.startswith("HS")} | (ASYMMETRIC & {"none"})
