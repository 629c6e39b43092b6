"""`make soak`: what hostile callers and a hostile cluster do to one process, and to the calls of everybody else.

    python -m trials.soak [--seconds 600] [--kind KIND …]

Prints the process' peak memory (RSS, as the kernel has counted it) and the median and p99 of ordinary calls: alone, and
beside the hostile ones. Exits 1 where the memory exceeds 512 MiB, or an ordinary call is not answered as it should be.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trials.bench.processes import free_port, practice_clusters, service
from trials.service import Service
from trials.soak.hostile import KINDS
from trials.soak.hostile_cluster import hostile_cluster
from trials.soak.ordinary import Calls, call_until

MOST_MEMORY = 512  # MiB
_ALONE = 10.0  # seconds in which ordinary callers are alone
_ORDINARY = 4
_FILLING = 100  # applications with long descriptions, for long pages
_KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "{address}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
"""


def memory(pid: int, name: str) -> float:
    """A figure of /proc/PID/status in MiB: `VmRSS` is the memory now, `VmHWM` its peak (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{pid}/status has no {name}")


async def _set_up(caller: Service, kubeconfig: str, hostile: str) -> dict[str, str]:
    """What is there to be read; returns the paths that hostile callers ask for."""
    for name, text in (("soak", kubeconfig), ("hostile", _KUBECONFIG.format(address=hostile))):
        await caller.post("clusters", {"name": name, "credential": {"type": "kubeconfig", "kubeconfig": text}})
    await caller.post("environments", {"name": "Development", "clusters": ["soak"], "namespaces": ["*"]})
    await caller.post("applications", {"name": "shop"})
    here = "applications/shop/environments/Development"
    await caller.post(f"{here}/adopt", {"namespace": "shop"})
    for number in range(_FILLING):
        await caller.post("applications", {"name": f"filling-{number}", "description": "x" * 2000})
    image = "registry.example/shop/checkout:3.3.0"
    workload = {"api_version": "apps/v1", "kind": "Deployment", "name": "checkout"}
    chosen = [{"workload": workload, "container": "checkout", "image": image}]
    operation = await caller.post(f"{here}/deploy", {"images": chosen})
    receiver = await caller.post("receivers", {"name": "soak", "provider": "ci", "settings": {}})
    return {
        "webhook": urlsplit(receiver["full_address"]).path,
        "page": "/api/v1/applications?limit=100",
        "events": f"/api/v1/operations/{operation['id']}/events",
        "overview": "/api/v1/applications/shop/overview",
        "hostile_cluster": "/api/v1/clusters/hostile/namespaces",
    }


async def _hostile(job: dict[str, Any]) -> dict[str, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "trials.soak.hostile", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate(json.dumps(job).encode())
    if process.returncode:
        raise RuntimeError("the hostile callers ended with an error")
    attempts: dict[str, int] = json.loads(answer)
    return attempts


async def _ordinary(address: str, tokens: list[str], seconds: float) -> Calls:
    calls, until = Calls(), time.monotonic() + seconds
    await asyncio.gather(*(call_until(address, token, "shop", until, calls) for token in tokens))
    return calls


async def soak(folder: Path, seconds: float, kinds: list[str]) -> bool:
    """Whether the process held out."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(practice_clusters(["dev-1"], folder / "clusters", empty=False))
        hostile = await stack.enter_async_context(hostile_cluster())
        address, token, pid = await stack.enter_async_context(service(folder / "data", free_port()))
        caller = Service(address, token)
        stack.push_async_callback(caller.close)
        paths = await _set_up(caller, (folder / "clusters" / "dev-1.kubeconfig").read_text(), hostile)
        tokens = [
            (await caller.post("tokens", {"name": f"ordinary-{number}", "role": "operator"}))["token"]
            for number in range(_ORDINARY)
        ]
        viewer = (await caller.post("tokens", {"name": "hostile", "role": "viewer"}))["token"]
        intruder = (await caller.post("tokens", {"name": "intruder", "role": "admin"}))["token"]
        before = memory(pid, "VmRSS")
        alone = await _ordinary(address, tokens, _ALONE)
        host, port = urlsplit(address).hostname, urlsplit(address).port
        callers = {"host": host, "port": port, "admin": intruder, "viewer": viewer}
        job = {**callers, "paths": paths, "seconds": seconds, "kinds": kinds}
        attempts, beside = await asyncio.gather(_hostile(job), _ordinary(address, tokens, seconds))
        peak, after = memory(pid, "VmHWM"), memory(pid, "VmRSS")
    _say("hostile attempts: " + ", ".join(f"{kind} {number}" for kind, number in sorted(attempts.items())))
    _say(f"memory in MiB: {before:.0f} before, {peak:.0f} at the peak (limit {MOST_MEMORY}), {after:.0f} afterwards")
    for name, calls in (("alone", alone), ("beside hostile callers", beside)):
        median, p99 = calls.quantile(0.5) * 1000, calls.quantile(0.99) * 1000
        _say(f"ordinary calls {name}: {len(calls.seconds)}, median {median:.0f} ms, p99 {p99:.0f} ms")
    for call, number in {**alone.refused, **beside.refused}.items():
        _say(f"NOT ANSWERED: {call}, {number} times")
    return peak <= MOST_MEMORY and not alone.refused and not beside.refused


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--kind", action="append", default=[], choices=list(KINDS), help="these hostile callers alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stagecoach-soak-") as folder:
        return 0 if asyncio.run(soak(Path(folder), chosen.seconds, chosen.kind)) else 1


if __name__ == "__main__":
    sys.exit(main())
