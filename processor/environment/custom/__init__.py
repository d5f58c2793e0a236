"""Custom environments: built from requirements in the background, shared by content, collected."""

from .build import Workshop
from .craft import Contents, Craft, Shop, modules_in
from .index import Index
from .known import Description, KnownEnvironments, Terms, opened
from .lock import key_of
from .places import Built, Pin, Places
from .tenants import TenantEnvironments

__all__ = [
    "Built",
    "Contents",
    "Craft",
    "Description",
    "Index",
    "KnownEnvironments",
    "Pin",
    "Places",
    "Shop",
    "TenantEnvironments",
    "Terms",
    "Workshop",
    "key_of",
    "modules_in",
    "opened",
]
