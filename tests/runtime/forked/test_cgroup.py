"""Where control groups may be made, read off what kernels show."""

from pathlib import Path

from processor.runtime.forked.cgroup import V1, V2, Tree, trees

OF_V1 = r"""
25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:7 - tmpfs tmpfs ro,mode=755
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids
32 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
33 25 0:29 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
""".strip()
OF_V2 = "30 20 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
MEMORY = Tree(version=V1, mount=Path("/sys/fs/cgroup/memory"), own=Path("/sys/fs/cgroup/memory/a"))
BOTH = frozenset({"memory", "pids"})


def nothing(_group: Path) -> frozenset[str]:
    return frozenset()


def test_in_the_first_version_each_controller_has_a_tree_and_a_group_of_its_own() -> None:
    found = trees(OF_V1, "4:memory:/a\n3:pids:/\n2:cpu,cpuacct:/b\n1:name=systemd:/c", nothing)

    assert found["memory"] == MEMORY
    assert found["pids"].own == Path("/sys/fs/cgroup/pids")
    assert found["cpu"] == found["cpuacct"]


def test_in_the_second_version_a_group_tells_its_controllers() -> None:
    asked: list[Path] = []

    def controllers(group: Path) -> frozenset[str]:
        asked.append(group)
        return BOTH

    found = trees(OF_V2, "0::/system.slice/a.service\n", controllers)

    own = Path("/sys/fs/cgroup/system.slice/a.service")
    assert asked == [own]
    assert found == dict.fromkeys(BOTH, Tree(version=V2, mount=Path("/sys/fs/cgroup"), own=own))


def test_where_there_are_both_versions_a_controller_is_where_it_is() -> None:
    mounts = f"{OF_V1}\n40 25 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"

    found = trees(mounts, "4:memory:/a\n0::/a\n", lambda _group: frozenset({"hugetlb"}))

    assert (found["memory"], found["hugetlb"].version) == (MEMORY, V2)
    assert "pids" not in found


def test_a_container_sees_its_own_group_at_the_mount() -> None:
    mounts = OF_V2.replace(" / ", " /docker/1f ", 1)

    found = trees(mounts, "0::/docker/1f/b\n", lambda _group: BOTH)

    assert found["memory"].own == Path("/sys/fs/cgroup/b")


def test_a_group_that_only_begins_like_what_is_shown_is_another() -> None:
    mounts = OF_V2.replace(" / ", " /docker/1f ", 1)

    found = trees(mounts, "0::/docker/1fe\n", lambda _group: BOTH)

    assert found["memory"].own == Path("/sys/fs/cgroup/docker/1fe")


def test_a_space_in_a_path_is_read() -> None:
    mounts = OF_V2.replace("/sys/fs/cgroup", r"/a\040b")

    assert trees(mounts, "0::/\n", lambda _group: BOTH)["memory"].mount == Path("/a b")


def test_where_nothing_is_mounted_there_is_no_tree() -> None:
    assert trees("25 20 0:22 / / rw - ext4 /dev/a rw", "0::/\n4:memory:/\n", nothing) == {}
