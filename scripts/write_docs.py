"""Write the pages that are made from the code: errors, settings, the command line, examples."""

import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import click

from processor import config
from processor.cli import main as command
from processor.config import Settings, flat_settings
from processor.errors import ProcessorError, ProcessorFault, Refusal, StepError, concrete

CHECKOUT: Final = Path(__file__).resolve().parent.parent
NOTE: Final = "<!-- made by `make docs` -->"


def main() -> None:
    """Write every page as the code says."""
    for path, page in PAGES.items():
        (CHECKOUT / path).parent.mkdir(exist_ok=True)
        (CHECKOUT / path).write_text(page(), "utf-8")
    print(f"{len(PAGES)} pages", file=sys.stderr)


def error_pages() -> dict[str, Callable[[], str]]:
    """Give a page for each code; what a run and a request can both meet shares one."""
    kinds: dict[str, list[type[ProcessorError]]] = {}
    for kind in concrete(ProcessorError):
        kinds.setdefault(kind.code, []).append(kind)
    return {
        f"docs/statements/errors/{code}.md": partial(error_page, code, each)
        for code, each in kinds.items()
    }


def error_page(code: str, kinds: Sequence[type[ProcessorError]]) -> str:
    """Give the page of one code."""
    lines = [f"# `{code}`", "", NOTE, ""]
    for kind in kinds:
        lines += [meaning(kind), ""]
        if issubclass(kind, StepError):
            retry = "may succeed when made again" if kind.retryable else "fails again as it is"
            ends = f"A run that ends so has status {kind.status} and {retry};"
            lines += [f"{ends} `processor run` exits with {kind.exit_code}.", ""]
        else:
            assert issubclass(kind, Refusal | ProcessorFault)
            ran = ", and nothing ran." if issubclass(kind, Refusal) else "."
            lines += [f"The request is answered with {kind.http_status}{ran}", ""]
    advice = dict.fromkeys(kind.advice for kind in kinds)
    return "\n".join([*lines, "What to do:", "", *(f"- {each}" for each in advice), ""])


def errors() -> str:
    """Give the page of what runs and requests can fail with."""
    runs = [
        f"| {linked(error.code)} | {error.status} | {error.exit_code} | "
        f"{'yes' if error.retryable else 'no'} | {meaning(error)} |"
        for error in concrete(StepError)
    ]
    refused: list[type[Refusal] | type[ProcessorFault]] = [
        *concrete(Refusal),
        ProcessorFault,
        *concrete(ProcessorFault),
    ]
    problems = [
        f"| {linked(error.code)} | {error.http_status} | {'yes' if error.retryable else 'no'} | "
        f"{meaning(error)} |"
        for error in refused
    ]
    return "\n".join(
        [
            "# Errors",
            "",
            NOTE,
            "",
            "Codes are stable. Lines count from 1, columns from 0, in the author's own text.",
            "",
            "## What ends a run",
            "",
            "The step is at fault: the answer is 200, the run's `state` is `failed`, and `error`",
            "says what happened. `exit` is what `processor run` ends with.",
            "",
            "| code | status | exit | retry | meaning |",
            "| --- | --- | --- | --- | --- |",
            *runs,
            "",
            "## What refuses a request",
            "",
            "A problem document (RFC 9457). Nothing ran, but for faults of our own. `errors` has a",
            "pointer to each mistake.",
            "",
            "| code | HTTP | retry | meaning |",
            "| --- | --- | --- | --- |",
            *problems,
            "",
        ]
    )


def linked(code: str) -> str:
    """Give a code as a link to its page."""
    return f"[`{code}`](errors/{code}.md)"


def meaning(kind: type) -> str:
    """Give a class's promise as one line of a table."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split())


def settings() -> str:
    """Give the page of the operator's settings."""
    promises = dict(attribute_docstrings())
    rows = [
        f"| `{key}` | `{variable(key)}` | {shown(key, value)} | {promises[key]} |"
        for key, value in flat_settings(Settings())
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            NOTE,
            "",
            "Defaults, then `processor.toml`, the environment, and flags: the last one counts.",
            "An unknown key is an error that names it. With `_FILE` behind a variable's name, its",
            "value is read from that file. `processor config show` tells what is in force and why.",
            "",
            "| key | variable | default | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def variable(key: str) -> str:
    """Give the environment variable that sets a key."""
    return config.PREFIX + key.replace(".", "__").upper()


def shown(key: str, value: object) -> str:
    """Give a default as a table shows it, the same on every machine."""
    text = str(value)
    if text.startswith(str(config.CHECKOUT)):
        return f"`{text.removeprefix(str(config.CHECKOUT) + '/')}` in the checkout"
    if text == "":
        return "empty"
    by_machine = {
        "limits.slots": "twice the processors",
        "limits.ready": "four times the processors",
    }
    return by_machine.get(key, f"`{text}`")


def attribute_docstrings() -> Iterator[tuple[str, str]]:
    """Read what stands below each setting in its class."""
    tree = ast.parse(inspect.getsource(config))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    sections = ("Limits", "Egress", "Custom", "Callbacks", "Remote", "Jwt", "Tenants")
    for name, above in (("Settings", ""), *((each, f"{each.lower()}.") for each in sections)):
        body = classes[name].body
        for field, promise in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(promise, ast.Expr):
                text = ast.literal_eval(promise.value)
                yield above + ast.unparse(field.target), " ".join(text.split())


def commands() -> str:
    """Give the page of the command line, as its own help tells it."""
    lines = ["# The command line", "", NOTE, ""]
    lines += ["`.venv/bin/processor` after `make setup`. Rows go to standard output, all else to"]
    lines += ["standard error. Exit codes: 0 well, 2 usage, the others in `statements/errors.md`,"]
    lines += ["20 our own fault.", ""]
    context = click.Context(command, info_name="processor", terminal_width=80)
    for name, each in described(command, context, "processor"):
        text = each.get_help(click.Context(each, info_name=name, terminal_width=80))
        lines += [f"## {name}", "", "```", text.rstrip(), "```", ""]
    return "\n".join(lines)


def described(
    each: click.Command, above: click.Context, name: str
) -> Iterator[tuple[str, click.Command]]:
    """Give a command and those below it."""
    yield name, each
    if isinstance(each, click.Group):
        for below in each.list_commands(above):
            found = each.get_command(above, below)
            assert found is not None
            yield from described(found, above, f"{name} {below}")


def examples() -> str:
    """Give the page of the gallery: what each example shows, and its statement."""
    folders = sorted(file.parent for file in (CHECKOUT / "examples").glob("*/step.py"))
    lines = ["# Examples", "", NOTE, ""]
    lines += ["Each is a folder of `examples/`: `step.py` is the statement, `step.json` the rest"]
    lines += ["of the step, `input.json` the `inputs` of a request, `expected.json` what each"]
    lines += ["cycle gives; a test holds them to it. Behind each title stand the imports.", ""]
    lines += [
        f"- [{title(folder)}](#{anchor(title(folder))})"
        + ": " * bool(imports(folder))
        + ", ".join(f"`{module}`" for module in imports(folder))
        for folder in folders
    ]
    for folder in folders:
        lines += ["", *example(folder)]
    return "\n".join([*lines, ""])


def example(folder: Path) -> Iterator[str]:
    """Give the section of one example, with what of its step a reader has to know."""
    step = json.loads((folder / "step.json").read_text("utf-8"))
    shown = [f"`examples/{folder.name}`", f"profile `{step['profile']}`"]
    if step["processing"] == "row":
        shown.append("row by row")
    if column := step.get("checkpoint_column"):
        shown.append(f"data checkpoint column `{column}`")
    if branches := step.get("branches"):
        shown.append(f"branches {', '.join(f'`{branch}`' for branch in branches)}")
    for line in (folder / "README.md").read_text("utf-8").splitlines():
        yield f"#{line}" if line.startswith("#") else line
    yield from ["", ", ".join(shown) + ":", "", "```python"]
    yield from (folder / "step.py").read_text("utf-8").splitlines()
    yield "```"


def title(folder: Path) -> str:
    """Give the title of an example."""
    return (folder / "README.md").read_text("utf-8").splitlines()[0].removeprefix("# ")


def imports(folder: Path) -> list[str]:
    """Give the modules that an example imports."""
    statement = (folder / "step.py").read_text("utf-8")
    return re.findall(r"^(?:import|from) ([\w.]+)", statement, re.MULTILINE)


def anchor(heading: str) -> str:
    """Give what a link to a heading ends with."""
    return heading.lower().replace(" ", "-")


PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/statements/errors.md": errors,
    "docs/statements/examples.md": examples,
    "docs/operating/settings.md": settings,
    "docs/reference/cli.md": commands,
    **error_pages(),
}

if __name__ == "__main__":
    main()
