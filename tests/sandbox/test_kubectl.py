"""Real kubectl against a kubeconfig that was written out."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.access import VIEWER
from sandbox.server import Sandbox

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None,
    reason="kubectl is not on the PATH; install it as kubernetes.io/docs/tasks/tools says",
)

Kubectl = Callable[..., Awaitable[str]]

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
"""


@pytest.fixture
async def running() -> AsyncIterator[Sandbox]:
    async with Sandbox(["dev-1"], speed=20.0) as sandbox:
        yield sandbox


@pytest.fixture
def kubectl(running: Sandbox, tmp_path: Path) -> Kubectl:
    """Runs kubectl and answers what it printed; fails the test if it fails."""
    (tmp_path / "web.yaml").write_text(WEB)

    async def run(*arguments: str, user: str = "admin", fails: bool = False) -> str:
        config = tmp_path / f"{user}.kubeconfig"
        config.write_text(running.kubeconfig("dev-1", user=user))
        process = await asyncio.create_subprocess_exec(
            "kubectl",
            *arguments,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(config)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(180):
            output, _ = await process.communicate()
        assert (process.returncode != 0) is fails, output.decode()
        return output.decode()

    return run


async def test_a_rollout_is_followed_from_image_to_image(kubectl: Kubectl) -> None:
    assert "created" in await kubectl("create", "-f", "web.yaml")
    assert "successfully rolled out" in await kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert "image updated" in await kubectl("set", "image", "deploy/web", "web=registry.example/web:2")
    assert "successfully rolled out" in await kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert "2/2" in await kubectl("get", "deploy", "web")
    assert "registry.example/web:2" in await kubectl("get", "deploy", "web", "-o", "wide")


async def test_an_apply_on_the_server_takes_effect_once(kubectl: Kubectl) -> None:
    assert "serverside-applied" in await kubectl("apply", "--server-side", "-f", "web.yaml")
    first = await kubectl("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}")
    await kubectl("apply", "--server-side", "-f", "web.yaml")
    assert await kubectl("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}") == first


async def test_an_apply_by_the_client_works_without_flags(kubectl: Kubectl) -> None:
    assert "created" in await kubectl("apply", "-f", "web.yaml")
    assert "unchanged" in await kubectl("apply", "-f", "web.yaml")


LIST = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: "1"}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {k: "1"}}
"""


@pytest.mark.parametrize("flags", [[], ["--server-side"]], ids=["by the client", "by the server"])
async def test_a_list_of_objects_is_applied(kubectl: Kubectl, tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "list.yaml").write_text(LIST)
    await kubectl("apply", *flags, "-f", "list.yaml")
    assert await kubectl("get", "configmap", "b", "-o", "jsonpath={.data.k}") == "1"


async def test_what_was_read_can_be_applied(kubectl: Kubectl, tmp_path: Path) -> None:
    await kubectl("create", "-f", "web.yaml")
    # What was read holds a resourceVersion: while pods still come up, the object moves on and the apply is a conflict.
    await kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    (tmp_path / "read.yaml").write_text(await kubectl("get", "deploy", "web", "-o", "yaml"))
    assert "configured" in await kubectl("apply", "-f", "read.yaml")


async def test_fields_are_explained(kubectl: Kubectl) -> None:
    assert "image\t<string>" in await kubectl("explain", "deployment.spec.template.spec.containers")


async def test_a_job_is_made_from_a_cron_job(kubectl: Kubectl) -> None:
    await kubectl("create", "cronjob", "c", "--image=registry.example/c:1", "--schedule=0 0 1 1 *")
    await kubectl("create", "job", "j", "--from=cronjob/c")
    owner = "jsonpath={.metadata.ownerReferences[0].name}"
    assert await kubectl("get", "job", "j", "-o", owner) == "c"


async def test_typed_commands_work_though_they_speak_protobuf(kubectl: Kubectl) -> None:
    await kubectl("create", "configmap", "c", "--from-literal=a=b")
    assert await kubectl("get", "configmap", "c", "-o", "jsonpath={.data.a}") == "b"
    await kubectl("create", "deployment", "d", "--image=registry.example/d:1", "--replicas=2")
    assert await kubectl("get", "deploy", "d", "-o", "jsonpath={.spec.replicas}") == "2"
    await kubectl("create", "ingress", "i", "--rule=a.example/x=web:80")
    assert await kubectl("get", "ingress", "i", "-o", "jsonpath={.spec.rules[0].http.paths[0].path}") == "/x"


async def test_unknown_fields_are_refused(kubectl: Kubectl, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(WEB.replace("replicas", "replica"))
    assert 'unknown field "spec.replica"' in await kubectl("create", "-f", "web.yaml", fails=True)


async def test_rights_are_asked_for(kubectl: Kubectl) -> None:
    assert (await kubectl("auth", "can-i", "delete", "deployments")).strip() == "yes"
    assert (await kubectl("auth", "can-i", "get", "secrets", user=VIEWER, fails=True)).strip() == "no"
    assert "Forbidden" in await kubectl("get", "secrets", user=VIEWER, fails=True)


async def test_what_is_deleted_is_gone(kubectl: Kubectl) -> None:
    await kubectl("create", "-f", "web.yaml")
    assert "deleted" in await kubectl("delete", "deploy", "web", "--timeout=30s")
    assert "NotFound" in await kubectl("get", "deploy", "web", fails=True)


async def test_a_namespace_goes_with_all_that_is_in_it(kubectl: Kubectl) -> None:
    await kubectl("create", "ns", "t")
    await kubectl("-n", "t", "create", "configmap", "c")
    assert "deleted" in await kubectl("delete", "ns", "t", "--timeout=30s")


async def test_resources_are_discovered(kubectl: Kubectl) -> None:
    listed = await kubectl("api-resources", "-o", "name")
    assert {"configmaps", "deployments.apps", "ingresses.networking.k8s.io"} <= set(listed.split())
