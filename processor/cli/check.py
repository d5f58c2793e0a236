"""`processor check`: all that is wrong with a statement in a file, without running it."""

import asyncio
import json
import os
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import click

from processor.check import Checker, sarif_log
from processor.client import Client
from processor.config import CHECKOUT
from processor.environment import Environments, InstalledEnvironments
from processor.identity import DEFAULT_TENANT
from processor.logs import set_up_logs
from processor.manifest import Manifest, read_manifest
from processor.runtime.contract import Runtime
from processor.runtime.forked import ForkedRuntime
from processor.runtime.wasm import WasmRuntime, with_runner
from processor.statement import Finding, applied
from processor.step import RuntimeName, decode_check

from .endings import ends_as_told
from .env import show_table
from .inputs import as_json, text_of
from .main import Context
from .places import heading, lines_as_shown, show_place
from .remote import asked, body_of, by_url
from .rules import Rule, differing
from .step import statement_of

DOES_NOT_COMPILE: Final = 10
MOST_PASSES: Final = 10
"""How often a text is mended: an edit can only be made once what overlaps it is."""
_BYTE_ORDER_MARK: Final = "\ufeff"

_Check: TypeAlias = Callable[[str], Awaitable[tuple[Finding, ...]]]
_Mends: TypeAlias = Callable[[_Check], Awaitable[tuple[str, tuple[Finding, ...]]]]


@click.command("check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--profile", help="The profile whose rules hold; the default one where not given.")
@click.option("--env", help="The environment; tells which rules differ from the default ones.")
@click.option(
    "--var", "variables", multiple=True, metavar="NAME", help="A local variable of the step."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["human", "json", "sarif"]),
    default="human",
    show_default=True,
)
@click.option("--fix", is_flag=True, help="Mend in place what can be mended by rote.")
@by_url
@click.pass_obj
def check(
    context: Context,
    /,
    *,
    file: Path,
    form: str,
    fix: bool,
    url: str | None,
    **options: Any,
) -> None:
    """
    Check the Python statement in FILE, or in a step's folder, and print all that is wrong with it.

    Nothing of it runs. Exits with 10 where a run would be refused; warnings stop nothing. Local
    variables are judged where --var names those of the step, once each.
    """
    set_up_logs(context.configuration.settings.log_format, quiet=True)
    if file.is_dir():
        file, options["profile"] = statement_of(file), options["profile"] or _profile_of(file)
    manifest = read_manifest(CHECKOUT / "connector_manifest.json")
    request = _request(manifest, **options)
    mends = partial(_mended if fix else _told, file)
    if url is not None:
        text, found = asked(context, url, lambda client: mends(_by_service(client, request)))
    else:
        with ends_as_told():
            text, found = asyncio.run(_checked(context, manifest, request, mends))
    _show(found, _rules(manifest, **request["step"]), file, text, form)
    errors = any(finding.severity == "error" for finding in found)
    raise SystemExit(DOES_NOT_COMPILE if errors else 0)


def _request(
    manifest: Manifest, *, profile: str | None, env: str | None, variables: tuple[str, ...]
) -> dict[str, Any]:
    """Give what a caller would send over HTTP, but for the statement."""
    step: dict[str, Any] = {"profile": profile} if profile else {}
    if env is not None:
        if env not in manifest.allowed_imports:
            known = ", ".join(sorted(manifest.allowed_imports))
            raise click.UsageError(f"{env!r} is no environment; known are: {known}")
        step["environment"] = env
        if profile is None and env in manifest.profiles:
            step["profile"] = env
    names = {name.partition("=")[0] for name in variables}
    return {"step": step, **({"variables": dict.fromkeys(names)} if names else {})}


def _rules(
    manifest: Manifest, *, profile: str | None = None, environment: str | None = None
) -> tuple[Rule, ...]:
    """Give the rules that differ, where an environment was asked for."""
    if environment is None:
        return ()
    chosen = manifest.profile(profile) if profile else manifest.default_profile
    return differing(manifest, chosen, environment)


async def _checked(
    context: Context, manifest: Manifest, request: dict[str, Any], mends: _Mends
) -> tuple[str, tuple[Finding, ...]]:
    async with ForkedRuntime() as forked, WasmRuntime(most_keepers=1) as wasm:
        runtimes: dict[RuntimeName, Runtime] = {"forked": forked, "wasm": wasm}
        checker = Checker(_environments(context, manifest), runtimes, slots=1, most_waiting=0)

        async def checked(statement: str) -> tuple[Finding, ...]:
            step = {**request["step"], "statement": statement}
            body = json.dumps({**request, "step": step}).encode()
            return await checker.check(decode_check(body, manifest.profiles), DEFAULT_TENANT)

        return await mends(checked)


def _by_service(client: Client, request: dict[str, Any]) -> _Check:
    async def checked(statement: str) -> tuple[Finding, ...]:
        step = {**request["step"], "statement": statement}
        return await client.check(body_of({**request, "step": step}))

    return checked


def _environments(context: Context, manifest: Manifest) -> Environments:
    installed = InstalledEnvironments(
        environments_dir=context.environments_dir,
        locks_dir=context.locks_dir,
        allowed_imports=manifest.allowed_imports,
        warms=lambda _module: False,
    )
    return with_runner(installed)


async def _told(file: Path, checked: _Check) -> tuple[str, tuple[Finding, ...]]:
    text = _read(file)
    return text, await checked(text)


async def _mended(file: Path, checked: _Check) -> tuple[str, tuple[Finding, ...]]:
    """Make every edit, and tell of it; what made the text worse would not be kept."""
    before, found = await _told(file, checked)
    text = before
    for _ in range(MOST_PASSES):
        mark = text[: text.startswith(_BYTE_ORDER_MARK)]
        edits = [edit for finding in found for edit in finding.edits]
        mended = mark + applied(text.removeprefix(mark), edits)
        if mended == text:
            break
        left = await checked(mended)
        if any(finding.code == "syntax_error" for finding in left):
            break
        for finding in found:
            if finding.edits:
                place = f"{file}:{finding.line}:{finding.column + 1}"
                click.echo(f"fixed: {place}: {finding.message}", err=True)
        text, found = mended, left
    if text != before:
        _write(file, text)
    return text, found


def _profile_of(folder: Path) -> str | None:
    """Give the profile that the step in a folder names."""
    file = folder / "step.json"
    step = json.loads(bytes(as_json(text_of(file), str(file)))) if file.is_file() else {}
    profile = step.get("profile") if isinstance(step, dict) else None
    return profile if isinstance(profile, str) else None


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} cannot be read: {error}") from error


def _write(file: Path, text: str) -> None:
    """Write the file whole or not at all, with the rights that it has."""
    target = file.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        new = Path(name)
        try:
            with os.fdopen(handle, "wb") as written:
                written.write(text.encode())
            new.chmod(target.stat().st_mode & 0o7777)
            new.replace(target)
        finally:
            with suppress(FileNotFoundError):
                new.unlink()
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error}") from error


def _show(
    found: Sequence[Finding], rules: Sequence[Rule], file: Path, text: str, form: str
) -> None:
    match form:
        case "json":
            answer = {"findings": [asdict(finding) for finding in found]}
            if rules:
                answer["rules"] = [asdict(rule) for rule in rules]
            click.echo(json.dumps(answer, ensure_ascii=False))
        case "sarif":
            click.echo(json.dumps(sarif_log(found, quote(os.fsencode(file))), ensure_ascii=False))
        case _:
            _show_to_human(found, file, text)
            if rules:
                click.echo()
                show_table(["rule", "default", "there"], [asdict(rule) for rule in rules])


def _show_to_human(found: Sequence[Finding], file: Path, text: str) -> None:
    lines = lines_as_shown(text)
    for finding in found:
        click.echo(heading(finding.severity, finding.code))
        show_place(asdict(finding), file, lines, err=False)
        if finding.hint:
            click.echo(f"      = {finding.hint}")
    counts = Counter(finding.severity for finding in found)
    told = (f"{count} {name}{'s' * (count > 1)}" for name, count in sorted(counts.items()))
    click.echo(", ".join(told) or "no findings", err=True)
