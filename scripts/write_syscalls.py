"""Write the table of system call numbers from the kernel's headers (Debian: linux-libc-dev)."""

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
TABLE: Final = CHECKOUT / "processor/runtime/jail/seccomp/numbers.py"
HEADERS: Final = {
    "X86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "AARCH64": Path("/usr/include/asm-generic/unistd.h"),
}
DEFINED: Final = {
    "__ARCH_WANT_RENAMEAT",
    "__ARCH_WANT_NEW_STAT",
    "__ARCH_WANT_SET_GET_RLIMIT",
    "__ARCH_WANT_TIME32_SYSCALLS",
    "__ARCH_WANT_SYS_CLONE3",
    "__ARCH_WANT_MEMFD_SECRET",
}
"""What aarch64 asks of the generic header; x86_64 has a header of its own, without conditions."""

NO_CALLS: Final = {"arch_specific_syscall", "syscalls"}
TOP: Final = '''"""
Numbers of the system calls, by their names; made by `scripts/write_syscalls.py`.

A line is the first of its numbers, then the names from there on, one number apart.
"""

from collections.abc import Iterator
from typing import Final


def _read(table: str) -> Iterator[tuple[str, int]]:
    for line in table.split("\\n")[1:-1]:
        first, *names = line.split()
        yield from zip(names, range(int(first), int(first) + len(names)), strict=True)

'''


def main() -> None:
    """Write the table anew."""
    numbers = {name: numbers_in(path.read_text("ascii")) for name, path in HEADERS.items()}
    tables = [
        f'\n{name}: Final = dict(\n    _read("""\n{lines(numbers[name])}\n""")\n)\n'
        for name in numbers
    ]
    TABLE.write_text(TOP + "".join(tables), "ascii")
    print(TABLE, file=sys.stderr)


def numbers_in(header: str) -> dict[str, int]:
    """Give the calls that a header defines for a 64-bit machine."""
    found: dict[str, int] = {}
    for line in _that_hold(header):
        match re.split(r"\s+", line.strip()):
            case ["#define", name, value, *_] if name.startswith("__NR"):
                found[name] = int(value) if value.isdigit() else found[value]
            case _:
                pass
    calls = {name.removeprefix("__NR_"): n for name, n in found.items() if name.startswith("__NR_")}
    return {
        name: calls[name] for name in sorted(calls, key=calls.__getitem__) if name not in NO_CALLS
    }


def lines(numbers: Mapping[str, int]) -> str:
    """Give a table's text: runs of successive numbers, in lines that fit."""
    runs = groupby(enumerate(numbers), key=lambda place: numbers[place[1]] - place[0])
    return "\n".join(line for _, run in runs for line in _run([n for _, n in run], numbers))


def _run(names: list[str], numbers: Mapping[str, int]) -> Iterator[str]:
    for line in wrap(" ".join(names), 94, break_long_words=False, break_on_hyphens=False):
        yield f"{numbers[line.split()[0]]} {line}"


def _that_hold(header: str) -> Iterator[str]:
    """Give the lines outside of every condition that does not hold."""
    holding = [True]
    for line in header.splitlines():
        match re.split(r"\s+", line.strip(), maxsplit=1):
            case ["#if" | "#ifdef" | "#ifndef" as keyword, condition]:
                holding.append(_holds(keyword, condition))
            case ["#else", *_]:
                holding[-1] = not holding[-1]
            case ["#endif", *_]:
                holding.pop()
            case _:
                if all(holding):
                    yield line


def _holds(keyword: str, condition: str) -> bool:
    """Tell whether a condition holds; knows the few forms in use."""
    if keyword != "#if":
        return (condition.split(maxsplit=1)[0] in DEFINED) == (keyword == "#ifdef")
    return any(all(map(_is_true, term.split("&&"))) for term in condition.split("||"))


def _is_true(atom: str) -> bool:
    match = re.fullmatch(r"(!?)defined\((\w+)\)|__BITS_PER_LONG (==|!=) (\d+)", atom.strip())
    if match is None:
        raise ValueError(f"the header has a condition of a new form: {atom}")
    negated, name, comparison, bits = match.groups()
    if name:
        return (name in DEFINED) != bool(negated)
    return (bits == "64") == (comparison == "==")


if __name__ == "__main__":
    main()
