"""Figures that a statement draws, in a real child: in order, bounded, and harmless."""

import pytest

from processor.errors import StatementRaised
from processor.runtime.contract import Execution, Figure, Refused, Returned
from processor.runtime.guest.figures import LARGEST_BYTES, MOST_FIGURES

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLOT = "import matplotlib.pyplot as plt\n"


async def drawn(host: Host, statement: str) -> Execution:
    return await host.run(f"{PLOT}{statement}")


def named(figures: tuple[Figure, ...]) -> list[str]:
    """Give the title of each figure, which its SVG has as a comment."""
    found = []
    for figure in figures:
        assert figure.png.startswith(b"\x89PNG\r\n\x1a\n")
        assert figure.png.rstrip().endswith(b"IEND\xaeB`\x82")
        assert figure.svg.startswith(b"<?xml")
        assert figure.svg.rstrip().endswith(b"</svg>")
        titles = [line for line in figure.svg.decode().splitlines() if "<!-- fig" in line]
        found += [title.strip().removeprefix("<!-- ").removesuffix(" -->") for title in titles]
    return found


def told(execution: Execution) -> list[str]:
    return [entry.message for entry in execution.entries]


FIGURE = "plt.figure().suptitle('fig %s')\n"


async def test_figures_open_at_the_end_are_captured_in_order(host: Host) -> None:
    execution = await drawn(host, f"{FIGURE % 'a'}{FIGURE % 'b'}return []")

    assert isinstance(execution.report, Returned)
    assert named(execution.figures) == ["fig a", "fig b"]
    assert told(execution) == []


async def test_show_is_a_point_of_capture(host: Host) -> None:
    statement = f"""
{FIGURE % "a"}
plt.show()
log.info(str(plt.get_fignums()))
{FIGURE % "b"}
plt.show(block=True)
{FIGURE % "c"}
return []
"""
    execution = await drawn(host, statement)

    assert named(execution.figures) == ["fig a", "fig b", "fig c"]
    assert told(execution) == ["[]"]


async def test_show_that_is_imported_by_its_name_is_the_same(host: Host) -> None:
    execution = await drawn(
        host, f"from matplotlib.pyplot import show\n{FIGURE % 'a'}show()\n{FIGURE % 'b'}return []"
    )

    assert named(execution.figures) == ["fig a", "fig b"]


async def test_a_figure_that_was_closed_is_not_captured(host: Host) -> None:
    execution = await drawn(host, f"{FIGURE % 'a'}plt.close()\nreturn []")

    assert execution.figures == ()


async def test_a_statement_that_failed_has_its_figures(host: Host) -> None:
    execution = await drawn(host, f"{FIGURE % 'a'}raise ValueError('late')")

    assert isinstance(execution.report, Refused)
    assert isinstance(execution.report.error, StatementRaised)
    assert named(execution.figures) == ["fig a"]


async def test_a_statement_that_was_ended_has_those_that_it_showed(host: Host) -> None:
    statement = f"{FIGURE % 'a'}plt.show()\nplt.math = __import__('json')\n"
    statement += "plt.math.codecs.builtins.__import__('os')._exit(3)"

    assert named((await drawn(host, statement)).figures) == ["fig a"]


async def test_each_row_may_draw(host: Host) -> None:
    statement = f"{PLOT}plt.figure().suptitle(f\"fig {{INPUT_DATA[0]['a']}}\")\nreturn []"

    execution = await host.run(
        statement, inputs={"INPUT_DATA": b'[{"a": 1}, {"a": 2}]'}, processing="row"
    )

    assert named(execution.figures) == ["fig 1", "fig 2"]


async def test_the_first_ten_are_kept_and_the_author_is_told_once(host: Host) -> None:
    statement = f"for n in range({MOST_FIGURES + 3}):\n"
    statement += "    plt.figure().suptitle(f'fig {n}')\n    if n % 2: plt.show()\nreturn []"

    execution = await drawn(host, statement)

    assert isinstance(execution.report, Returned)
    assert named(execution.figures) == [f"fig {n}" for n in range(MOST_FIGURES)]
    assert told(execution) == [f"only the first {MOST_FIGURES} figures are kept"]


async def test_ten_are_not_too_many(host: Host) -> None:
    statement = "for n in range(10): plt.figure(figsize=(1, 1))\nreturn []"

    execution = await drawn(host, statement)

    assert (len(execution.figures), told(execution)) == (10, [])


async def test_a_figure_that_is_too_large_is_a_warning(host: Host) -> None:
    statement = f"""
import numpy as np
plt.scatter(*np.random.rand(2, 40_000))
plt.show()
{FIGURE % "b"}
return [{{'a': 1}}]
"""
    execution = await drawn(host, statement)

    assert execution.report == Returned(content=b'[{"a":1}]')
    assert named(execution.figures) == ["fig b"]
    assert told(execution) == [f"a figure of more than {LARGEST_BYTES} bytes is not kept"]


async def test_a_million_points_fill_no_memory(host: Host) -> None:
    statement = "import numpy as np\nplt.scatter(*np.random.rand(2, 10**6), s=1)\nreturn []"

    execution = await host.run(f"{PLOT}{statement}", memory_bytes=512 << 20)

    assert isinstance(execution.report, Returned), execution.report
    assert told(execution) == [f"a figure of more than {LARGEST_BYTES} bytes is not kept"]


async def test_a_figure_that_cannot_be_drawn_is_a_warning(host: Host) -> None:
    statement = f"{FIGURE % 'a'}plt.figure().text(0, 0, '$\\\\nope$')\n{FIGURE % 'b'}return []"

    execution = await drawn(host, statement)

    assert isinstance(execution.report, Returned)
    assert named(execution.figures) == ["fig a", "fig b"]
    (message,) = told(execution)
    assert message.startswith("a figure could not be drawn: ValueError: ")


@pytest.mark.parametrize(
    "broken",
    [
        "plt.get_fignums = None",
        "plt.get_fignums = lambda: 5",
        "plt.figure = lambda n: 1 / 0",
        "plt.close = None",
        "del plt.close",
        "plt.gcf().canvas.mpl_connect('close_event', lambda e: 1 / 0)",
        "plt.gcf().savefig = lambda *a, **k: 1 / 0",
        "plt.gcf().savefig = lambda out, **k: out.write('text')",
        "plt.gcf().savefig = lambda out, **k: out.write(b'x' * (5 << 20))",
    ],
)
async def test_whatever_a_statement_does_to_pyplot_its_rows_are_its_rows(
    host: Host, broken: str
) -> None:
    execution = await drawn(host, f"plt.figure()\n{broken}\nreturn [{{'a': 1}}]")

    assert execution.report == Returned(content=b'[{"a":1}]')


async def test_a_statement_that_draws_nothing_has_none(host: Host) -> None:
    execution = await drawn(host, "return []")

    assert (execution.figures, execution.entries) == ((), ())


async def test_figures_of_one_run_are_not_another_s(host: Host) -> None:
    await drawn(host, f"{FIGURE % 'a'}return []")

    assert (await drawn(host, "return []")).figures == ()
