"""`processor migrate`, and commands on a store that a server keeps."""

from tests.cli.command import Desk
from tests.database import Server


def test_an_embedded_store_is_made_and_its_revision_told(desk: Desk) -> None:
    done = desk.call("migrate")

    assert done.code == 0, done
    assert done.out.startswith("the tables of sqlite:")
    assert (desk.folder / "data" / "processor.db").exists()


def test_a_service_on_a_database_without_tables_ends_and_says_what_to_run(
    desk: Desk, database_server: Server
) -> None:
    done = desk.call("serve", "--port", "0", "--store", database_server.empty_database())

    assert (done.code, done.out) == (20, "")
    assert "run `processor migrate` first" in done.err


def test_commands_find_what_is_kept_on_a_database_that_was_migrated(
    desk: Desk, database_server: Server
) -> None:
    url = database_server.empty_database()
    (desk.folder / "processor.toml").write_text(f'store = "{url}"\n')

    migrated = desk.call("migrate")
    put = desk.call("checkpoint", "set", "step", "7")
    shown = desk.call("checkpoint", "show", "step")

    assert (migrated.code, put.code) == (0, 0), (migrated, put)
    assert "postgresql://***@" in migrated.out
    assert shown.out == "7  (version 1)\n"


def test_a_store_of_no_known_kind_is_a_mistake_in_the_usage(desk: Desk) -> None:
    done = desk.call("migrate", "--store", "mysql://db/runs")

    assert done.code == 2
    assert "store" in done.err
