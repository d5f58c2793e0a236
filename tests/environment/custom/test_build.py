import os
import stat
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from processor.environment.custom.build import Workshop, build
from processor.environment.custom.places import (
    Built,
    Failure,
    Resolved,
    apart,
    record_of,
    site_packages,
)
from processor.environment.files import disk_bytes, read_record
from processor.environment.tools import BuildStopped, passed_on
from tests.environment.custom.wheels import a_wheel, a_workshop, wanted


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    workshop = a_workshop(tmp_path)
    wheels = tmp_path / "wheels"
    a_wheel(wheels, "good")
    a_wheel(wheels, "plain")
    a_wheel(wheels, "plain", "2.0")
    a_wheel(wheels, "needy", requires=("plain<2",))
    return workshop


def built(workshop: Workshop, text: str) -> tuple[Built, Path]:
    build(wanted(text), workshop)
    resolved = read_record(workshop.places.resolved(wanted(text).digest), Resolved)
    assert resolved is not None, failure(workshop, text)
    folder = workshop.places.built(resolved.digest)
    found = read_record(record_of(folder), Built)
    assert found is not None
    return found, folder


def failure(workshop: Workshop, text: str) -> Failure | None:
    return read_record(workshop.places.failed(wanted(text).digest), Failure)


def failed(workshop: Workshop, text: str) -> Failure:
    build(wanted(text), workshop)
    found = failure(workshop, text)
    assert found is not None
    return found


def versions(record: Built) -> dict[str, str]:
    return {pin.name: pin.version for pin in record.pins}


def test_requirements_are_resolved_with_what_they_need(shop: Workshop) -> None:
    record, _ = built(shop, "needy")

    assert versions(record) == {"needy": "1.0", "plain": "1.0"}
    assert record.modules == ("needy", "plain")


def test_every_package_of_a_lock_has_its_hashes(shop: Workshop) -> None:
    record, _ = built(shop, "needy")

    assert all(pin.hashes for pin in record.pins)


def test_a_package_is_installed_that_has_the_hash_that_was_asked_for(shop: Workshop) -> None:
    (pin,) = built(shop, "plain==2.0")[0].pins

    assert versions(built(shop, f"plain==2.0 --hash={pin.hashes[0]}")[0]) == {"plain": "2.0"}


def test_a_package_of_another_hash_is_refused(shop: Workshop) -> None:
    assert "hash" in failed(shop, f"plain==2.0 --hash=sha256:{'0' * 64}").reason.lower()


def test_no_requirements_are_an_environment_without_packages(shop: Workshop) -> None:
    record, folder = built(shop, "")

    assert (record.pins, (folder / "bin" / "python").exists()) == ((), True)


def test_what_nobody_vouches_for_lies_apart_from_what_the_interpreter_finds(shop: Workshop) -> None:
    record, folder = built(shop, "good\nplain")

    assert record.vouched == ("good",)
    assert (site_packages(folder) / "good.py").exists()
    assert not (site_packages(folder) / "plain.py").exists()
    assert (apart(folder) / "plain.py").exists()


def test_an_environment_of_trusted_packages_has_nothing_apart(shop: Workshop) -> None:
    assert not apart(built(shop, "good")[1]).exists()


def test_modules_are_compiled(shop: Workshop) -> None:
    _, folder = built(shop, "good\nplain")

    assert [*site_packages(folder).rglob("good.cpython-311.pyc")]
    assert [*apart(folder).rglob("plain.cpython-311.pyc")]


def test_environments_with_the_same_wheel_share_its_files(shop: Workshop) -> None:
    _, one = built(shop, "good\nplain==1.0")
    _, other = built(shop, "needy\nplain==1.0")

    assert (apart(one) / "plain.py").samefile(apart(other) / "plain.py")


def test_a_second_environment_costs_its_folders_only(shop: Workshop, tmp_path: Path) -> None:
    a_wheel(tmp_path / "wheels", "large", files={"large.py": "x = '" + "ab" * (1 << 20) + "'\n"})
    built(shop, "large")
    before = disk_bytes(shop.places.folder)

    built(shop, "large\ngood")

    assert disk_bytes(shop.places.folder) - before < 500_000


def test_what_a_build_added_is_told(shop: Workshop, tmp_path: Path) -> None:
    a_wheel(tmp_path / "wheels", "large", files={"large.py": "x = '" + "ab" * (1 << 20) + "'\n"})

    def added(text: str) -> int:
        build(wanted(text), shop)
        resolved = read_record(shop.places.resolved(wanted(text).digest), Resolved)
        assert resolved is not None
        return resolved.added_bytes

    assert added("large") > 2 << 20
    assert added("large\ngood") < 500_000


def test_different_words_for_the_same_packages_share_one_folder(shop: Workshop) -> None:
    assert built(shop, "plain<2")[1] == built(shop, "plain==1.0")[1]


def test_no_code_of_a_package_runs_in_a_build(shop: Workshop, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    leave = f"open({str(ran)!r}, 'a').close()"
    files = {
        "evil.py": f"{leave}\n",
        "evil.pth": f"import os; {leave}\n",
        "sitecustomize.py": leave,
    }
    a_wheel(tmp_path / "wheels", "evil", files=files)

    _, folder = built(shop, "evil\ngood")

    assert (apart(folder) / "evil.pth").exists()
    assert not ran.exists()
    subprocess.run([folder / "bin" / "python", "-I", "-c", "import good"], check=True, timeout=30)
    assert not ran.exists()


@pytest.mark.parametrize(
    ("text", "words", "broken"),
    [
        ("plain==99\ngood", "plain==99", ("plain==99",)),
        ("absent\ngood", "absent", ("absent",)),
        ("needy\nplain==2.0", "needy", ("needy", "plain==2.0")),
    ],
)
def test_a_failure_has_the_resolver_s_words_and_the_requirements_they_are_about(
    shop: Workshop, text: str, words: str, broken: tuple[str, ...]
) -> None:
    found = failed(shop, text)

    assert words in found.reason
    assert found.broken == broken


def test_a_package_without_wheels_is_refused_by_name_with_the_reason(
    shop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "wheels" / "source-1.0.tar.gz").write_bytes(b"")

    reason = failed(shop, "source==1.0").reason

    assert "source" in reason
    assert "wheel" in reason


def test_a_build_that_failed_leaves_nothing_but_its_reason(shop: Workshop) -> None:
    failed(shop, "absent")

    assert [*shop.places.work.iterdir()] == []
    assert not (shop.places.folder / "built").exists()


def test_a_build_that_succeeds_forgets_the_failure(shop: Workshop, tmp_path: Path) -> None:
    failed(shop, "late")
    a_wheel(tmp_path / "wheels", "late")

    built(shop, "late")

    assert failure(shop, "late") is None


def test_a_failed_rebuild_leaves_the_environment_in_service(shop: Workshop, tmp_path: Path) -> None:
    _, folder = built(shop, "plain==2.0")
    (tmp_path / "wheels" / "plain-2.0-py3-none-any.whl").unlink()

    failed(shop, "plain==2.0")

    assert built_to(shop, "plain==2.0") == folder
    assert (apart(folder) / "plain.py").exists()


def built_to(workshop: Workshop, text: str) -> Path | None:
    resolved = read_record(workshop.places.resolved(wanted(text).digest), Resolved)
    return None if resolved is None else workshop.places.built(resolved.digest)


def test_a_build_may_take_so_much_disk(tmp_path: Path) -> None:
    workshop = a_workshop(tmp_path, most_bytes=1 << 20)
    a_wheel(tmp_path / "wheels", "bomb", files={"bomb.py": "#" * (8 << 20)})

    assert "more than 1 MiB of disk" in failed(workshop, "bomb").reason


def test_a_build_may_take_so_long(tmp_path: Path) -> None:
    workshop = a_workshop(tmp_path, within=timedelta())
    a_wheel(tmp_path / "wheels", "plain")

    assert "took too long" in failed(workshop, "plain").reason


def test_a_build_that_the_service_leaves_is_no_failure(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    workshop = a_workshop(tmp_path, stop=stop)

    with pytest.raises(BuildStopped):
        build(wanted("plain"), workshop)

    assert failure(workshop, "plain") is None


def test_a_version_of_python_that_is_not_here_is_told(shop: Workshop) -> None:
    requirements = wanted("plain")
    other = type(requirements)(wanted=requirements.wanted, python=">=3.99")

    build(other, shop)

    found = read_record(shop.places.failed(other.digest), Failure)
    assert found is not None
    assert "Python >=3.99 is asked for" in found.reason


def test_the_tools_get_nothing_secret(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PROCESSOR_STORE": "secret", "AWS_SECRET": "secret"}
    workshop = a_workshop(tmp_path, environ=environ)
    a_wheel(tmp_path / "wheels", "plain")

    build(wanted("plain"), workshop)

    assert failure(workshop, "plain") is None
    assert "secret" not in passed_on(workshop.environ).values()


def test_what_is_built_can_be_read_by_whoever_runs_it(shop: Workshop) -> None:
    _, folder = built(shop, "plain")

    assert (apart(folder) / "plain.py").stat().st_mode & stat.S_IRUSR
