"""The caller is not known, or may not ask what it asks (RFC 6750)."""

from .refusal import Refusal


class Unauthenticated(Refusal):
    """The request does not show who sends it, or shows it by a token that is not taken."""

    code = "unauthenticated"
    advice = (
        "Send `Authorization: Bearer` with an API key that has not expired (`processor keys "
        "create` makes one), or with a token of the issuer that the operator has set."
    )
    http_status = 401

    @classmethod
    def of_wrong_token(cls) -> "Unauthenticated":
        """Refuse a token, without a word on what is wrong with it: guessing is not to be helped."""
        return cls("the token is not one that this service takes", shown=True)

    def __init__(self, message: str, *, shown: bool = False) -> None:
        super().__init__(message)
        self._shown = shown

    @property
    def headers(self) -> dict[str, str]:
        """How to show who one is (RFC 6750)."""
        told = ', error="invalid_token"' if self._shown else ""
        return {"WWW-Authenticate": f'Bearer realm="processor"{told}'}


class InsufficientScope(Refusal):
    """The caller is known, and may not do this."""

    code = "insufficient_scope"
    advice = "Take a key or token whose scopes have the one that the message names."
    http_status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(f"this needs the scope `{scope}`, which the caller does not have")
        self._scope = scope

    @property
    def headers(self) -> dict[str, str]:
        """Which scope it takes (RFC 6750)."""
        told = f'error="insufficient_scope", scope="{self._scope}"'
        return {"WWW-Authenticate": f'Bearer realm="processor", {told}'}


class KeysUnavailable(Refusal):
    """The keys that the issuer signs tokens with cannot be had now."""

    code = "keys_unavailable"
    advice = (
        "Send the request again after `Retry-After`; the operator looks at `jwt.jwks_url` and the "
        "service's log."
    )
    http_status = 503
    retryable = True
