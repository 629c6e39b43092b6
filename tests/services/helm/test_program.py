"""How Helm is run: what it is given, what it leaves behind, and what is said where it cannot be run."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from services.helm.errors import HelmFailedError, HelmMissingError
from services.helm.program import HelmAnswer, HelmProgram
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential

EU = ClusterCredential(cluster_id="eu", name="eu", version=1, kubeconfig=lambda: "kind: Config")
T = TypeVar("T")


def served(call: Coroutine[Any, Any, T]) -> T:
    """On the loop that the service has, whose closed pipes raise other errors than asyncio's."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(call)


def program(folder: Path, script: str, *, version: str = "v4.2.3") -> HelmProgram:
    path = folder / "helm"
    path.write_text(f'#!/bin/sh\nif [ "$1" = version ]; then echo {version}; exit; fi\n{script}\n')
    path.chmod(0o755)
    return HelmProgram(str(path))


async def run(helm: HelmProgram, *arguments: str, seconds: float = 60.0, **given: bytes) -> HelmAnswer:
    return await helm.run(arguments, EU, deadline=Deadline.after(seconds), **given)


def test_it_finds_kubeconfig_chart_and_values_in_files_that_have_no_name(tmp_path):
    helm = program(tmp_path, 'cat "$KUBECONFIG" "$1" "$2"; echo "$1 $2" >&2')
    answer = served(run(helm, "{chart}", "{values}", chart=b"<chart>", values=b"<values>"))
    assert answer.output == b"kind: Config<chart><values>"
    assert all(each.startswith("/proc/self/fd/") for each in answer.error.split())


def test_it_may_end_before_it_has_read_anything(tmp_path):
    answer = served(run(program(tmp_path, "exit 3"), values=b"x" * 1_000_000))
    assert (answer.code, answer.output) == (3, b"")


def test_what_it_writes_to_its_folders_is_gone_afterwards(tmp_path):
    helm = program(tmp_path, 'touch "$HELM_CACHE_HOME/index"; echo "$HELM_CACHE_HOME"')
    folder = served(run(helm)).output.decode().strip()
    assert folder
    assert not Path(folder).exists()


def test_one_that_does_not_end_in_time_is_ended(tmp_path):
    helm = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 3600")
    with pytest.raises(HelmFailedError, match="did not end in time"):
        served(run(helm, seconds=1.0))
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


@pytest.mark.parametrize(("version", "said"), [("v3.19.0", "is v3.19.0"), ("nothing", "is nothing")])
def test_another_version_than_4_is_refused_by_its_name(tmp_path, version, said):
    with pytest.raises(HelmMissingError, match=said):
        served(run(program(tmp_path, "exit", version=version)))


def test_a_program_that_is_not_there_is_said_with_what_to_do(tmp_path):
    with pytest.raises(HelmMissingError, match="STAGECOACH_HELM__PROGRAM"):
        served(run(HelmProgram(str(tmp_path / "nowhere"))))


def test_what_it_prints_is_not_shown_by_its_repr():
    assert "hunter2" not in repr(HelmAnswer(code=1, output=b"hunter2", error="hunter2"))
