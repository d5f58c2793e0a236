"""Who is served: anybody, or those who show who they are."""

from processor.config import Settings
from processor.errors import ProcessorFault
from processor.identity import Keys

from .settled import is_loopback


def serves_anybody(settings: Settings) -> bool:
    """Whether callers need not show who they are."""
    match settings.unauthenticated:
        case "allow":
            return True
        case "never":
            return False
        case "loopback":
            return is_loopback(settings.host)


async def refuse_to_serve_strangers(settings: Settings, keys: Keys) -> None:
    """Start only where callers can show who they are, or need not; raises ProcessorFault."""
    if serves_anybody(settings) or settings.jwt.issuer or await _has_usable(keys):
        return
    where = f"{settings.host} is reachable from other machines"
    why = where if settings.unauthenticated == "loopback" else '`unauthenticated` is "never"'
    raise ProcessorFault(
        f"{why}, and there is nothing that callers could show who they are by. Make a key, "
        "`processor keys create --name NAME`, in this data folder, or set `jwt.issuer`; or listen "
        "on 127.0.0.1; or "
        'set `unauthenticated = "allow"` where something in front of the service checks callers'
    )


async def _has_usable(keys: Keys) -> bool:
    for key in await keys.list():
        if await keys.usable(key.key_id) is not None:
            return True
    return False
