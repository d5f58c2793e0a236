"""
Make the image's root file system without an engine, by the Dockerfile's own steps; and run it.

    scripts/image.py build FOLDER [--base ROOT] [--cache FOLDER] [--arg NAME=VALUE]
    scripts/image.py current FOLDER      (ends with 0 where nothing has changed since)
    scripts/image.py run FOLDER --data FOLDER [--env NAME=VALUE] [-- ARGUMENT ...]

The base image is any root that is there, this machine's own unless told otherwise; a stage is a
layer over it (overlayfs), and each RUN is a shell in that root. What an engine does and this does
not: no network of its own, no limits, no filter of system calls. Needs root, and no more.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]
from pathspec import PathSpec

CHECKOUT: Final = Path(__file__).resolve().parent.parent
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where commands are in an image; never where this machine's user has some of his own."""
FLAG: Final = re.compile(r"--([\w-]+)=(\S+)\s+")
VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


@dataclass(kw_only=True)
class Stage:
    """A layer, and what the steps so far have settled for those that come."""

    name: str
    layer: Path
    args: dict[str, str]
    config: dict[str, Any] = field(
        default_factory=lambda: {"Env": {}, "Labels": {}, "User": "0:0", "WorkingDir": "/"}
    )


@dataclass(frozen=True, kw_only=True)
class Build:
    """Where a build takes from, and where it puts its layers."""

    base: Path
    folder: Path
    cache: Path
    args: Mapping[str, str]


def main() -> int:
    """Do as the command line says."""
    own, _, arguments = shlex.join(sys.argv[1:]).partition(" -- ")
    told = understood().parse_args(shlex.split(own))
    folder = told.folder.resolve()
    match told.command:
        case "build":
            build_into(folder, told)
        case "current":
            made = json.loads((folder / "image.json").read_text())
            return 0 if made["of"] == made_of(CHECKOUT / "Dockerfile") else 1
        case _:
            run(folder, told.data.resolve(), pairs(told.env), shlex.split(arguments))
    return 0


def understood() -> argparse.ArgumentParser:
    """Give what reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making, asking, running = map(commands.add_parser, ("build", "current", "run"))
    for each in (making, asking, running):
        each.add_argument("folder", type=Path)
    making.add_argument("--base", type=Path, default=Path("/"))
    making.add_argument("--cache", type=Path, default=Path("~/.cache/uv").expanduser())
    making.add_argument("--arg", action="append", default=[])
    making.add_argument("--file", type=Path, default=CHECKOUT / "Dockerfile")
    running.add_argument("--data", type=Path, required=True)
    running.add_argument("--env", action="append", default=[])
    return parser


def build_into(folder: Path, told: argparse.Namespace) -> None:
    """Build, and write down what came of it once all of it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    told.cache.mkdir(parents=True, exist_ok=True)
    (folder / "image.json").unlink(missing_ok=True)
    base, made_from = told.base.resolve(), made_of(told.file)
    given = Build(base=base, folder=folder, cache=told.cache.resolve(), args=pairs(told.arg))
    with told.file.open("rb") as file:
        stage = build(given, DockerfileParser(fileobj=file).structure)
    made = {"of": made_from, "base": str(base), "layer": str(stage.layer), "config": stage.config}
    (folder / "image.json").write_text(json.dumps(made, indent=1) + "\n")


def made_of(dockerfile: Path) -> str:
    """Give the digest of all that goes into an image, but for its base."""
    digest = hashlib.sha256(dockerfile.read_bytes())
    for file in sent():
        digest.update(f"{file}\0".encode())
        digest.update(hashlib.sha256((CHECKOUT / file).read_bytes()).digest())
    return digest.hexdigest()


def pairs(given: Sequence[str]) -> dict[str, str]:
    """Read NAME=VALUE."""
    return dict(each.split("=", 1) for each in given)


def build(given: Build, steps: Sequence[Mapping[str, Any]]) -> Stage:
    """Take every step, and give the last stage."""
    stages: dict[str, Stage] = {}
    before: dict[str, str] = {}
    stage: Stage | None = None
    for step in steps:
        name, value = step["instruction"], step["value"]
        if name == "COMMENT":
            continue
        print(f"{name} {value}"[:150], file=sys.stderr, flush=True)
        if name == "FROM":
            stage = begin(given, value, str(len(stages)))
            stages[stage.name] = stage
        elif stage is None:
            before.update(declared(value, given.args))
        else:
            take(given, stage, stages, name, value)
    if stage is None:
        raise SystemExit("the Dockerfile has no FROM")
    return stage


def begin(given: Build, value: str, number: str) -> Stage:
    """Begin a stage; every one is made from the base."""
    base, _, name = value.partition(" AS ")
    if base != "${BASE}":
        raise SystemExit(f"FROM {base}: only the base can be stood in for")
    layer = given.folder / f"layer-{number}"
    shutil.rmtree(layer, ignore_errors=True)
    layer.mkdir()
    return Stage(name=name or number, layer=layer, args={})


def take(given: Build, stage: Stage, stages: Mapping[str, Stage], name: str, value: str) -> None:
    """Take one step of a stage."""
    match name:
        case "ARG":
            stage.args.update(declared(value, given.args))
        case "COPY":
            copy(stage, stages, value)
        case "RUN":
            run_step(given, stage, value)
        case "WORKDIR":
            stage.config["WorkingDir"] = value
            within(stage.layer, value).mkdir(parents=True, exist_ok=True)
        case _ if name in SETTLED:
            SETTLED[name](stage, value)
        case _:
            raise SystemExit(f"{name} is a step that is not known here")


def settle_pairs(member: str) -> Callable[[Stage, str], None]:
    """Give what adds names with values, filled in from the arguments of the build."""

    def settle(stage: Stage, value: str) -> None:
        filled = VARIABLE.sub(lambda found: stage.args[found[1]], value)
        stage.config[member].update(pairs(shlex.split(filled)))

    return settle


def settle(member: str, read: Callable[[str], Any] = str) -> Callable[[Stage, str], None]:
    """Give what writes a value down."""
    return lambda stage, value: stage.config.update({member: read(value)})


SETTLED: Final[Mapping[str, Callable[[Stage, str], None]]] = {
    "ENV": settle_pairs("Env"),
    "LABEL": settle_pairs("Labels"),
    "USER": settle("User"),
    "VOLUME": settle("Volume"),
    "EXPOSE": settle("Expose"),
    "ENTRYPOINT": settle("Entrypoint", json.loads),
    "CMD": settle("Cmd", json.loads),
    "HEALTHCHECK": settle("Healthcheck", lambda value: json.loads(value.partition("CMD ")[2])),
}
"""The steps that change nothing but how the image is started."""


def declared(value: str, given: Mapping[str, str]) -> dict[str, str]:
    """Give an argument of the build its value."""
    name, _, default = value.partition("=")
    return {name: given.get(name, default.strip('"'))}


def within(layer: Path, path: str) -> Path:
    """Give where a path of the root lies in a layer."""
    return layer / path.lstrip("/")


def copy(stage: Stage, stages: Mapping[str, Stage], value: str) -> None:
    """Copy from the checkout, as .dockerignore leaves it, or from another stage's layer."""
    flags, words = flagged(value)
    source, target = words.split()
    if "from" in flags:
        made = within(stages[flags["from"]].layer, source)
        shutil.copytree(made, within(stage.layer, target), symlinks=True, dirs_exist_ok=True)
        return
    folder = within(stage.layer, str(Path(stage.config["WorkingDir"], target)))
    for file in sent():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / file, folder / file, follow_symlinks=False)


def sent() -> Iterator[Path]:
    """Give the files that an engine is sent of the checkout."""
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    ignored = PathSpec.from_lines("gitignore", lines)
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    for each in sorted(kept):
        path = CHECKOUT / each
        files = path.rglob("*") if path.is_dir() else [path]
        names = (file.relative_to(CHECKOUT) for file in files if not file.is_dir())
        yield from (name for name in names if not ignored.match_file(str(name)))


def flagged(value: str) -> tuple[dict[str, str], str]:
    """Take the flags off the front of a step."""
    flags: dict[str, str] = {}
    while found := FLAG.match(value):
        flags[found[1]] = found[2]
        value = value[found.end() :]
    return flags, value


def run_step(given: Build, stage: Stage, value: str) -> None:
    """Run a shell in the stage's root; what it writes is the layer's."""
    flags, command = flagged(value)
    options = layered(given.base, stage.layer, given.folder)
    lines = [mounted(options), BIND, "mount --bind /etc/resolv.conf etc/resolv.conf"]
    if "mount" in flags:
        target = dict(part.split("=") for part in flags["mount"].split(","))["target"]
        lines += [f"mkdir -p .{target}", f"mount --bind {given.cache} .{target}"]
    lines += [
        PIVOT,
        f"cd {stage.config['WorkingDir']}",
        f"exec /bin/sh -euc {shlex.quote(command)}",
    ]
    environment = {**settings_of_builds(), **stage.args, **stage.config["Env"]}
    subprocess.run(unshared(lines), check=True, env=environment)


def settings_of_builds() -> dict[str, str]:
    """Give what a build takes from this machine: where packages come from, as an engine would."""
    wanted = re.compile(r"PIP_|UV_|SSL_CERT|HTTPS?_PROXY|NO_PROXY", re.IGNORECASE)
    taken = {name: value for name, value in os.environ.items() if wanted.match(name)}
    return {"HOME": "/root", "PATH": PATH, **taken}


BIND: Final = "mount --rbind /dev dev\nmount --rbind /proc proc\nmount -t tmpfs tmpfs tmp"
PIVOT: Final = "pivot_root . .\numount -l ."


def layered(base: Path, layer: Path, folder: Path) -> str:
    """Give the options of a layer over a base."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return f"lowerdir={base},upperdir={layer},workdir={work}"


def mounted(options: str) -> str:
    """Give the lines that put a root up and go there."""
    return f"root=$(mktemp -d)\nmount -t overlay overlay -o {options} $root\ncd $root"


def unshared(lines: Sequence[str]) -> list[str]:
    """Give a command that does some lines where its mounts are nobody else's."""
    script = "\n".join(["set -eu", "mount --make-rprivate /", *lines])
    return ["unshare", "--mount", "sh", "-c", script]


def run(folder: Path, data: Path, env: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Become the image's process: its user, no capability, a root that nobody can write to."""
    made = json.loads((folder / "image.json").read_text())
    config = made["config"]
    uid, _, gid = config["User"].partition(":")
    command = [*config["Entrypoint"], *(arguments or config["Cmd"])]
    lines = [
        mounted(f"ro,{layered(Path(made['base']), Path(made['layer']), folder)}"),
        BIND,
        f"mount --bind {data} .{config['Volume']}",
        f"chown {uid}:{gid} .{config['Volume']}",
        PIVOT,
        f"cd {config['WorkingDir']}",
        f"exec setpriv --reuid {uid} --regid {gid} --clear-groups --no-new-privs"
        f" --bounding-set=-all --inh-caps=-all -- {shlex.join(command)}",
    ]
    told = {"PATH": PATH, **config["Env"], **env}
    started = unshared(lines)
    os.execvpe(started[0], started, told)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    sys.exit(main())
