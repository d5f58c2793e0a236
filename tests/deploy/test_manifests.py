"""The Compose file and the manifests of Kubernetes: as their schemas are, and as the service is."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import msgspec
import promql_parser
import pytest
from compose_spec import PyCompose

from processor.config import Settings, flat_settings

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OLDEST, NEWEST = "1.32", kubernetes_validate.latest_version()
"""Of the releases whose schemas hold: `appArmorProfile` and a sleep before the end are stable."""
NOT_KUBERNETES = {"ScaledObject", "Kustomization"}
"""Kinds that others bring, whose schemas are not among its own."""

DOCUMENTS: list[dict[str, Any]] = [
    msgspec.yaml.decode(document)
    for file in sorted(KUBERNETES.glob("*.yaml"))
    for document in file.read_text().split("\n---\n")
]
COMPOSE = (DEPLOY / "compose.yaml").read_text()


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [document for document in DOCUMENTS if document["kind"] in kinds]


def composed() -> dict[str, Any]:
    read: dict[str, Any] = msgspec.yaml.decode(COMPOSE)
    return read


def plain(text: str) -> str:
    """Give a file with what its anchors stand for, which the schema has no words for."""
    return msgspec.yaml.encode(msgspec.yaml.decode(text)).decode()


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']}/{document.get('metadata', {}).get('name', '')}"


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize(
    "document", [each for each in DOCUMENTS if each["kind"] not in NOT_KUBERNETES], ids=named
)
def test_a_manifest_is_as_the_schemas_of_kubernetes_are(
    document: dict[str, Any], version: str
) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_member_that_kubernetes_does_not_know_would_be_found() -> None:
    service = json.loads(json.dumps(of_kind("Service")[0]))
    service["spec"]["sellector"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, NEWEST, strict=True)


def test_every_file_is_applied() -> None:
    (kustomization,) = of_kind("Kustomization")

    files = {file.name for file in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == files


def test_workers_grow_with_the_age_of_the_queue() -> None:
    (scaled,) = of_kind("ScaledObject")

    (trigger,) = scaled["spec"]["triggers"]
    query = trigger["metadata"]["query"]
    promql_parser.parse(query)
    assert "processor_queue_age_seconds" in query
    assert scaled["spec"]["scaleTargetRef"]["name"] in {
        each["metadata"]["name"] for each in of_kind("Deployment")
    }


def test_whoever_selects_pods_finds_some() -> None:
    pods = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in of_kind("Deployment", "StatefulSet")
    ]
    selectors = [each["spec"]["selector"] for each in of_kind("Service")]
    selectors += [
        each["spec"]["selector"]["matchLabels"]
        for each in of_kind("Deployment", "StatefulSet", "PodDisruptionBudget")
    ]
    selectors += [each["spec"]["podSelector"]["matchLabels"] for each in of_kind("NetworkPolicy")]

    for selector in selectors:
        assert any(selector.items() <= labels.items() for labels in pods)


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=named)
def test_runs_may_end_before_a_pod_does(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]
    (settings,) = (each for each in of_kind("ConfigMap"))
    (container,) = pod["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = float(settings["data"]["PROCESSOR_LIMITS__DRAIN_SECONDS"])

    assert pod["terminationGracePeriodSeconds"] > pause + drain


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=named)
def test_a_pod_is_an_ordinary_user_with_nothing_to_write_to(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=named)
def test_a_pod_is_probed_where_it_listens(deployment: dict[str, Any]) -> None:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (port,) = container["ports"]
    told = {each["name"]: each["value"] for each in container.get("env", [])}
    listening = told.get("PROCESSOR_HEALTH_PORT", container["args"][-3])

    assert str(port["containerPort"]) == listening
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]


def test_every_setting_in_them_is_one() -> None:
    (settings,) = of_kind("ConfigMap")
    named_in_pods = [
        each["name"]
        for deployment in of_kind("Deployment")
        for each in deployment["spec"]["template"]["spec"]["containers"][0].get("env", [])
    ]
    named_in_compose = re.findall(r"^ +(PROCESSOR_\w+):", COMPOSE, re.MULTILINE)
    known = {f"PROCESSOR_{key.replace('.', '__').upper()}" for key, _ in flat_settings(Settings())}

    found = {*settings["data"], *named_in_pods, *named_in_compose}
    assert {name.removesuffix("_FILE") for name in found} - known == set()


def test_the_compose_file_is_read_as_compose_reads_it() -> None:
    assert set(PyCompose.from_yaml(plain(COMPOSE)).to_dict()["services"]) == set(
        composed()["services"]
    )


def test_a_member_that_compose_does_not_know_would_be_found() -> None:
    with pytest.raises(ValueError, match="restrat"):
        PyCompose.from_yaml(plain(COMPOSE.replace("restart:", "restrat:")))


def test_what_the_compose_file_mounts_is_there() -> None:
    mounted = re.findall(r"- (\./[\w./-]+):/", COMPOSE)
    profile = re.findall(r"seccomp=(\./[\w.]+)", COMPOSE)

    assert mounted
    assert profile
    assert [path for path in mounted + profile if not (DEPLOY / path).is_file()] == []


def test_secrets_are_files_that_are_not_kept() -> None:
    assert {each["file"].split("/")[1] for each in composed()["secrets"].values()} == {"secrets"}
    assert (DEPLOY / ".gitignore").read_text() == "/secrets/\n"


def test_the_profile_of_system_calls_adds_to_an_engine_s_own_what_walls_are_made_with() -> None:
    cases = Path(__file__).parents[1] / "cases/container.json"
    usual = set(" ".join(json.loads(cases.read_text())["allowed"]).split())
    profile = json.loads((DEPLOY / "seccomp.json").read_text())
    allowed = [
        set(rule["names"])
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW" and "args" not in rule
    ]

    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert set().union(*allowed) - usual == {
        "clone",
        "mount",
        "mount_setattr",
        "move_mount",
        "open_tree",
        "pivot_root",
        "setns",
        "umount2",
        "unshare",
    }


def test_the_image_that_they_start_is_this_version() -> None:
    pods = [each["spec"]["template"]["spec"] for each in of_kind("Deployment")]
    images = {
        each["image"] for pod in pods for each in (*pod["initContainers"], *pod["containers"])
    }
    images |= {composed()["services"][name]["image"] for name in ("migrate", "api", "worker")}

    assert images == {f"python-processor:{version('python-processor')}"}
