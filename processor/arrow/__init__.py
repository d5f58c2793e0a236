"""Rows as Arrow IPC streams: read and written behind the walls, never in the service."""

from .arrow import ENVIRONMENT, MEDIA_TYPE, Arrow

__all__ = ["ENVIRONMENT", "MEDIA_TYPE", "Arrow"]
