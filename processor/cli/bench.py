"""`processor bench`: what this machine reaches, as ratios to yardsticks."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import msgspec

from processor import bench as measuring
from processor.bench import Report, Scene
from processor.config import CHECKOUT
from processor.environment import InstalledEnvironments
from processor.manifest import read_manifest

from .kept import place_of
from .main import Context

SAMPLES: Final = 200
QUICK_SAMPLES: Final = 30
FELL_SHORT: Final = 1


@click.command("bench")
@click.option("--only", multiple=True, type=click.Choice([*measuring.ROWS]), help="A row.")
@click.option("--quick", is_flag=True, help="Take fewer samples.")
@click.option("--mixed", type=float, help="Mix statements of all kinds for so many seconds.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the rows there too.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the rows there, as PNG.")
@click.option(
    "--compare", type=click.Path(path_type=Path, exists=True), help="An earlier run's JSON."
)
@click.pass_obj
def bench(  # noqa: PLR0913, PLR0917 (each is an option)
    context: Context,
    only: tuple[str, ...],
    quick: bool,
    mixed: float | None,
    file: Path | None,
    plot: Path | None,
    compare: Path | None,
) -> None:
    """Measure latency, throughput and memory; exits with 1 where a row falls short."""
    scene = _scene(context, quick)
    rows = only or (measuring.ROWS if mixed is None else ())
    measures = [*measuring.measure_rows(scene, rows)]
    if mixed is not None:
        measures += measuring.mixed_runs(scene, mixed)
    report = Report(
        at=measuring.now(),
        machine=measuring.machine(),
        version=version("python-processor"),
        measures=measures,
        curves=measuring.measure_curves(scene) if plot else (),
    )
    click.echo(measuring.table(report))
    if compare is not None:
        old = msgspec.json.decode(compare.read_bytes(), type=Report)
        click.echo(f"\nagainst {old.at}\n{measuring.compared(old, report)}")
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    if plot is not None:
        measuring.plot(report, plot, scene.environment.python)
    if not all(measure.meets for measure in measures):
        raise SystemExit(FELL_SHORT)


def _scene(context: Context, quick: bool) -> Scene:
    manifest = read_manifest(CHECKOUT / "connector_manifest.json")
    environment = InstalledEnvironments(
        environments_dir=context.environments_dir,
        locks_dir=context.locks_dir,
        allowed_imports=manifest.allowed_imports,
        warms=lambda _module: True,
    ).get(manifest.default_profile.environment)
    place = place_of(context.configuration.settings)
    return Scene(
        environment=environment,
        samples=QUICK_SAMPLES if quick else SAMPLES,
        slices=2 if quick else 5,
        slice_seconds=1.0 if quick else 3.0,
        store=place.url if place.is_postgresql else None,
        say=lambda line: click.echo(line, err=True),
    )
