"""Whatever happens to clusters and their connections, what is kept is what a fresh list gives, a moment later.

`STAGECOACH_LIVE_CHANGES` sets how many random changes there are, `STAGECOACH_SEED` which, and `STAGECOACH_LIVE_SECONDS`
how soon nothing may differ: two seconds on a machine that does nothing else.
"""

import asyncio
import os
import random
import time
from contextlib import AsyncExitStack
from dataclasses import replace

from domain.resources import Kind
from sandbox.faults import Failure
from sandbox.server import Sandbox
from sandbox.store import thaw
from services.kube.pool import ClusterPool
from services.planning.live.belonging import Belonging
from services.planning.live.records import LiveRecord, RecordKey
from services.reading.live.changes import Wanted
from tests.support.clusters import EVERYWHERE
from tests.support.live import (
    DEPLOYMENTS,
    PODS,
    QUICK,
    STATEFUL_SETS,
    KeptSink,
    fresh,
    namespace,
    wanted_of,
    watching,
    web,
)

CHANGES = int(os.environ.get("STAGECOACH_LIVE_CHANGES", "800"))
SEED = int(os.environ.get("STAGECOACH_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
SECONDS = float(os.environ.get("STAGECOACH_LIVE_SECONDS", "15"))  # after the last change
CLUSTERS = ("steady", "breaking", "forgetful", "restarting", "slow", "dying")
WANTED_IN, ELSEWHERE = ("a", "b", "c", "d", "e"), "z"  # more than four: clusters are watched as a whole
NOW_AND_THEN = ("f", "g", "h")  # are wanted for a while, and again later
EVERYWHERE_THERE = (*WANTED_IN, *NOW_AND_THEN, ELSEWHERE)
OWN = ("Deployment/web-0", "Deployment/web-1", "StatefulSet/web-2")
# What is read beside the watches is not compared here. As often as other tests read it, it takes a busy machine whole.
PACE = replace(QUICK, beside=2.0)
PLURALS = {DEPLOYMENTS: "deployments", STATEFUL_SETS: "statefulsets", PODS: "pods"}


async def test_nothing_differs_from_fresh_lists_a_moment_after_the_last_change():
    print(f"STAGECOACH_SEED={SEED}")  # noqa: T201  shown where it fails
    chance = random.Random(SEED)
    wanted = dict.fromkeys(CLUSTERS, wanted_of(WANTED_IN, *OWN, kinds=PLURALS))
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(CLUSTERS, controllers=False))
        pool = await stack.enter_async_context(ClusterPool(rules=EVERYWHERE))
        watchers, kept = {}, {}
        for name in CLUSTERS:
            for place in EVERYWHERE_THERE:
                sandbox.cluster(name).create(namespace(place))
            running = watching(sandbox, name, wanted[name], pool=pool, seed=SEED)
            watchers[name], kept[name] = await stack.enter_async_context(running)
        for number in range(CHANGES):
            name = chance.choice(CLUSTERS)
            change(sandbox, name, chance, number)
            disturb(sandbox, name, chance)
            if chance.random() < 0.03:
                more = [each for each in NOW_AND_THEN if chance.random() < 0.6]
                wanted[name] = wanted_of((*WANTED_IN, *more), *OWN, kinds=PLURALS)
                watchers[name].want(wanted[name])
            if number % 4 == 0:
                await asyncio.sleep(chance.random() * 0.005)
        for name in CLUSTERS:
            sandbox.faults(name).clear()
        assert await difference(sandbox, kept, wanted) == []
        assert all(len(expected(sandbox, name, wanted[name])) > len(WANTED_IN) for name in CLUSTERS)


def change(sandbox: Sandbox, name: str, chance: random.Random, number: int) -> None:
    """One random change; those that make no sense are refused, and change nothing."""
    cluster, kind = sandbox.cluster(name), chance.choice(tuple(PLURALS))
    place, own = chance.choice(EVERYWHERE_THERE), chance.randrange(5)
    object_name = f"web-{own}" if kind != PODS else f"web-{own}-5d9c7-{chance.randrange(6)}"
    found = cluster.get(PLURALS[kind], object_name, place)
    if found is None:
        cluster.create(made(kind, object_name, place, own))
    elif chance.random() < 0.3:
        cluster.remove(PLURALS[kind], object_name, place)
    else:
        body = thaw(found)
        body["metadata"]["annotations"] = {"note": str(number)}  # of no interest to anybody
        if chance.random() < 0.7:
            status = {"observedGeneration": number} if kind != PODS else {"phase": "Running", "podIP": "10.0.0.1"}
            cluster.update_status({**body, "status": status})
        else:
            cluster.update(body)


def made(kind: Kind, name: str, place: str, own: int) -> dict[str, object]:
    body = web(name, place)
    if kind == STATEFUL_SETS:
        return {**body, "kind": "StatefulSet", "spec": {**body["spec"], "serviceName": "web"}}
    if kind != PODS:
        return body
    above = ("StatefulSet", f"web-{own}") if own == 2 else ("ReplicaSet", f"web-{own}-5d9c7")
    owner = {"apiVersion": "apps/v1", "kind": above[0], "name": above[1], "uid": above[1], "controller": True}
    metadata = {"name": name, "namespace": place, "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": body["spec"]["template"]["spec"]}


def disturb(sandbox: Sandbox, name: str, chance: random.Random) -> None:
    """What befalls this cluster, now and then."""
    faults, drawn = sandbox.faults(name), chance.random()
    match name:
        case "breaking" if drawn < 0.03:
            sandbox.cut_streams(name)
        case "forgetful" if drawn < 0.03:
            sandbox.cluster(name).store.forget_history()
            sandbox.cut_streams(name)
        case "restarting" if drawn < 0.01:
            # An API server that restarts ends all watches, answers "storage is (re)initializing" at first, and then
            # knows no version of before (Kubernetes' KEP-4568, Resilient watchcache initialization).
            sandbox.cluster(name).store.forget_history()
            sandbox.cut_streams(name)
            faults.failures = [Failure(status=429, count=chance.randrange(1, 7), retry_after=chance.choice((0, 1)))]
        case "slow":
            faults.latency_ms, faults.jitter_ms, faults.watch_delay_ms = 20.0, 30.0, chance.choice((0.0, 10.0))
        case "dying" if drawn < 0.02:
            sandbox.cut_off(name)
        case "dying" if drawn < 0.06:
            faults.clear()
            faults.failures = [Failure(status=chance.choice((429, 500, 503)), count=3)]
        case _:
            pass


async def difference(sandbox: Sandbox, kept: dict[str, KeptSink], wanted: dict[str, Wanted]) -> list[str]:
    """What differs, once nothing does or the time is over."""
    until = time.monotonic() + SECONDS
    # Listed once: nothing changes any more, and to list all clusters again at each look takes half of a core.
    lists = {name: expected(sandbox, name, wanted[name]) for name in CLUSTERS}
    while True:
        pairs = ((on_cluster, kept[name].records) for name, on_cluster in lists.items())
        found = [str(each) for on_cluster, records in pairs for each in differing(on_cluster, records)]
        if not found or time.monotonic() > until:
            return found
        await asyncio.sleep(0.05)


def expected(sandbox: Sandbox, name: str, wanted: Wanted) -> dict[RecordKey, LiveRecord]:
    belonging = {place: Belonging(own) for place, own in wanted.resources.items()}
    everything = [fresh(sandbox.cluster(name), kind, plural) for kind, plural in PLURALS.items()]
    return {
        key: record
        for found in everything
        for key, record in found.items()
        if key.namespace in belonging and belonging[key.namespace].holds(record)
    }


def differing(on_cluster: dict[RecordKey, LiveRecord], kept: dict[RecordKey, LiveRecord]) -> list[RecordKey]:
    # Revisions, events and nodes come and go with what needs them.
    told = {key: record for key, record in kept.items() if key.kind in PLURALS}
    keys = on_cluster.keys() | told.keys()
    return [key for key in keys if key not in told or key not in on_cluster or not on_cluster[key].same(told[key])]
