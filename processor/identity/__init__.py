"""Who calls, and what they may: tenants, scopes, API keys, and the protocol of their store."""

from .api_keys import ApiKey, Keys, Minted, mint, presented
from .caller import ALL_SCOPES, ANYBODY, Caller, Scope, read_scopes
from .callers import Callers, Tokens
from .tenant import DEFAULT_TENANT, Tenant, read_tenant

__all__ = [
    "ALL_SCOPES",
    "ANYBODY",
    "DEFAULT_TENANT",
    "ApiKey",
    "Caller",
    "Callers",
    "Keys",
    "Minted",
    "Scope",
    "Tenant",
    "Tokens",
    "mint",
    "presented",
    "read_scopes",
    "read_tenant",
]
