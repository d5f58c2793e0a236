"""Where a command finds what is kept."""

from pathlib import Path

from processor.config import Settings
from processor.store.opening import Place


def place_of(settings: Settings) -> Place:
    """Give the place of the store that the settings name."""
    return Place(settings.store, Path(settings.data_dir))
