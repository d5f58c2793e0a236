"""`processor doctor`: one line a check, and an exit code that says whether all is well."""

from tests.cli.command import Desk


def test_this_machine_can_serve(desk: Desk) -> None:
    done = desk.call("doctor")

    lines = done.out.splitlines()
    assert {line[:3] for line in lines} <= {"ok ", "BAD"}
    assert any(line.startswith("ok   runtime and store: ") for line in lines)
    assert any(line.startswith("ok   environment processor-3.2: ") for line in lines)
    assert done.code == (20 if "BAD" in done.out else 0)


def test_what_is_missing_is_told_with_what_to_do(desk: Desk) -> None:
    environ = {"PROCESSOR_ENVIRONMENTS_DIR": str(desk.folder / "none")}

    done = desk.call("doctor", environ=environ)

    assert done.code == 20
    assert "BAD  environment processor-3.2: none\n" in done.out
    assert "ok   environment current: not built; only steps that ask for it need it\n" in done.out
    assert "`processor env build processor-3.2`" in done.out
    assert "ok   python: 3.11" in done.out


def test_a_data_folder_that_cannot_be_is_told(desk: Desk) -> None:
    (desk.folder / "data").write_text("a file")

    done = desk.call("doctor")

    assert done.code == 20
    assert "BAD  runtime and store: " in done.out
