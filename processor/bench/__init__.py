"""What the service reaches, as ratios to yardsticks that are taken in the same run."""

from .bench import ROWS, measure_rows
from .curves import measure_curves
from .mixed import mixed_runs
from .report import Report, compared, machine, now, plot, table
from .scene import Scene

__all__ = [
    "ROWS",
    "Report",
    "Scene",
    "compared",
    "machine",
    "measure_curves",
    "measure_rows",
    "mixed_runs",
    "now",
    "plot",
    "table",
]
