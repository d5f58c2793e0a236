"""
Draw the curves of a report, one panel each, and write them as PNG.

Run by the interpreter of a statement environment, which has matplotlib: the service has not. The
report comes on the input; the argument is the file.
"""

import json
import sys
from typing import Any


def drawn(report: dict[str, Any]) -> Any:
    """Give a figure of the curves, both axes logarithmic."""
    from matplotlib.figure import Figure  # type: ignore[import-not-found] # the environment's

    curves = report["curves"]
    figure = Figure(figsize=(6 * len(curves), 4.5), layout="constrained")
    figure.suptitle(f"{report['version']} on {report['machine']}", fontsize="small")
    for axes, curve in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves, strict=True):
        for name in ("p50", "p95", "p99"):
            axes.plot(curve["x"], [each[name] for each in curve["spreads"]], "o-", label=name)
        axes.set(title=curve["name"], xlabel=curve["along"], ylabel="ms", xscale="log")
        axes.set_yscale("log")
        axes.grid(visible=True, which="both", alpha=0.3)
        axes.legend()
    return figure


if __name__ == "__main__":
    drawn(json.load(sys.stdin)).savefig(sys.argv[1], dpi=150)
