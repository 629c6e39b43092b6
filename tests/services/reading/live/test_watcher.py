"""What the watcher of one cluster tells, and how it goes on when the cluster does not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.resources import Kind
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.kube.pool import ClusterPool, PoolLimits
from services.planning.live.records import RecordKey
from services.reading.live.changes import StreamState
from services.reading.live.watcher import ClusterWatcher
from tests.support.clusters import EVERYWHERE
from tests.support.definitions import definition
from tests.support.fake_api_server import FakeApiServer, answers, fake_api_server, streams
from tests.support.kubeconfigs import kubeconfig
from tests.support.live import (
    CRON_JOBS,
    DEPLOYMENTS,
    PODS,
    QUICK,
    STATEFUL_SETS,
    KeptSink,
    namespace,
    record_of,
    running,
    wanted_of,
    watcher_of,
    watching,
    web,
)
from tests.support.records import cluster_record

SHOP = wanted_of(["shop"])
MANY = [f"n{number}" for number in range(6)]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(["quiet", "other"], controllers=False) as sandbox:
        for name in ("shop", *MANY):
            sandbox.cluster("quiet").create(namespace(name))
        yield sandbox


@pytest.fixture(autouse=True)
def _well_again(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults("quiet").clear()
    cluster = sandbox.cluster("quiet")
    for plural in ("deployments", "pods", "statefulsets", "replicasets"):
        for each in cluster.list(plural):
            cluster.remove(plural, each["metadata"]["name"], each["metadata"]["namespace"])


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    async with fake_api_server() as server:
        yield server


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[ClusterPool]:
    async with ClusterPool(rules=EVERYWHERE) as pool:
        yield pool


async def test_what_is_there_is_told_and_so_is_each_change(sandbox: Sandbox, pool: ClusterPool):
    cluster = sandbox.cluster("quiet")
    cluster.create(web("a"))
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        await told.until(lambda: told.names(DEPLOYMENTS) == {"a"})
        await told.until(lambda: told.state(DEPLOYMENTS, "shop") is StreamState.LIVE)
        cluster.create(web("b"))
        await told.until(lambda: told.names(DEPLOYMENTS) == {"a", "b"})
        cluster.remove("deployments", "a", "shop")
        await told.until(lambda: told.names(DEPLOYMENTS) == {"b"})


async def test_what_went_while_nobody_watched_is_told_as_gone(sandbox: Sandbox, pool: ClusterPool):
    cluster = sandbox.cluster("quiet")
    cluster.create(web("a"))
    gone = RecordKey(kind=DEPLOYMENTS, namespace="shop", name="gone")
    elsewhere = RecordKey(kind=DEPLOYMENTS, namespace="left", name="web")
    sink = KeptSink(records=dict.fromkeys((gone, elsewhere)))  # type: ignore[arg-type]
    async with watching(sandbox, "quiet", SHOP, pool=pool, sink=sink, known=[gone, elsewhere]) as (_, told):
        await told.until(lambda: told.names(DEPLOYMENTS) == {"a"})


async def test_where_nothing_is_wanted_what_is_known_is_taken_back(sandbox: Sandbox, pool: ClusterPool):
    known = RecordKey(kind=DEPLOYMENTS, namespace="left", name="web")
    sink = KeptSink(records={known: record_of(web(namespace="left"))})
    async with watching(sandbox, "quiet", wanted_of([]), pool=pool, sink=sink, known=[known]):
        await sink.until(lambda: not sink.records)


async def test_an_expired_version_means_a_list_and_nothing_is_lost(sandbox: Sandbox, pool: ClusterPool):
    cluster = sandbox.cluster("quiet")
    cluster.create(web("a"))
    cluster.create(web("b"))
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        await told.until(lambda: told.state(DEPLOYMENTS, "shop") is StreamState.LIVE)
        sandbox.cut_off("quiet")
        cluster.remove("deployments", "a", "shop")
        cluster.create(web("c"))
        cluster.store.forget_history()
        told.taken.clear()
        sandbox.faults("quiet").clear()
        await told.until(lambda: told.names(DEPLOYMENTS) == {"b", "c"})
        put = [record.key.name for changes in told.taken for record in changes.put]
        assert put == ["c"]  # `b` is as it was


async def test_what_belongs_to_no_app_environment_is_dropped(sandbox: Sandbox, pool: ClusterPool):
    cluster = sandbox.cluster("quiet")
    cluster.create(web("web"))
    cluster.create(web("other"))
    for name, owner in (("web-5d9c7-x", "web-5d9c7"), ("other-5d9c7-x", "other-5d9c7")):
        cluster.create(pod(name, "ReplicaSet", owner))
    cluster.create(pod("alone", "StatefulSet", "db"))
    async with watching(sandbox, "quiet", wanted_of(["shop"], "Deployment/web"), pool=pool) as (watcher, told):
        await told.until(lambda: (told.names(DEPLOYMENTS), told.names(PODS)) == ({"web"}, {"web-5d9c7-x"}))
        watcher.want(wanted_of(["shop"], "Deployment/web", "Deployment/other"))
        await told.until(lambda: told.names(PODS) == {"web-5d9c7-x", "other-5d9c7-x"})
        watcher.want(wanted_of(["shop"], "Deployment/other"))
        await told.until(lambda: (told.names(DEPLOYMENTS), told.names(PODS)) == ({"other"}, {"other-5d9c7-x"}))


async def test_many_namespaces_are_watched_at_once_where_that_is_allowed(sandbox: Sandbox, pool: ClusterPool):
    for each in MANY:
        sandbox.cluster("quiet").create(web("web", each))
    sandbox.cluster("quiet").create(web("web", "shop"))
    async with watching(sandbox, "quiet", wanted_of(MANY), pool=pool) as (watcher, told):
        await told.until(lambda: {key.namespace for key in told.records} == set(MANY))
        assert {state.namespace for state in watcher.states} == {None}


async def test_a_credential_of_some_namespaces_watches_these(sandbox: Sandbox, pool: ClusterPool):
    cluster = sandbox.cluster("quiet")
    for each in MANY:
        cluster.create(web("web", each))
        cluster.create(role_of_reader(each))
        cluster.create(binding_of_reader(each))
    async with watching(sandbox, "quiet", wanted_of(MANY), pool=pool, user="limited") as (watcher, told):
        await told.until(lambda: {key.namespace for key in told.records} == set(MANY))
        await told.until(lambda: told.state(DEPLOYMENTS, "n3") is StreamState.LIVE)
        assert {state.namespace for state in watcher.states} == set(MANY)
        cluster.create(web("second", "n3"))
        await told.until(lambda: told.names(DEPLOYMENTS, "n3") == {"web", "second"})


async def test_a_cluster_that_refused_itself_as_a_whole_for_a_while_is_watched_as_a_whole_then(
    sandbox: Sandbox, pool: ClusterPool
):
    sandbox.faults("quiet").failures = [Failure(status=403, path=r"/v1/(deployments|pods)\b")]
    async with watching(sandbox, "quiet", wanted_of(MANY), pool=pool) as (watcher, told):
        await told.until(lambda: {state.namespace for state in watcher.states} == set(MANY))
        sandbox.faults("quiet").clear()
        await told.until(lambda: {state.namespace for state in watcher.states} == {None})
        sandbox.cluster("quiet").create(web("late", "n3"))
        await told.until(lambda: told.names(DEPLOYMENTS, "n3") == {"late"})


async def test_beyond_sixteen_watches_kinds_are_polled_whatever_was_watched_before(sandbox: Sandbox, pool: ClusterPool):
    kinds = [DEPLOYMENTS, PODS, STATEFUL_SETS, CRON_JOBS, Kind.of("apps/v1", "DaemonSet")]
    async with watching(sandbox, "quiet", wanted_of(MANY[:4], kinds=kinds), pool=pool) as (watcher, told):
        live_and_polled = [StreamState.LIVE] * 16 + [StreamState.POLLED] * 8  # the CronJobs' Jobs among them
        await told.until(lambda: sorted(state.state for state in watcher.states) == live_and_polled)
        assert sandbox.watches("quiet") == 16
        sandbox.cluster("quiet").create(web("late", MANY[3]))
        await told.until(lambda: told.names(DEPLOYMENTS) == {"late"})
        watcher.want(wanted_of(MANY[2:4], kinds=kinds))
        await told.until(lambda: [state.state for state in watcher.states] == [StreamState.LIVE] * 12)
        watcher.want(wanted_of(MANY[:4], kinds=kinds))
        await told.until(lambda: sorted(state.state for state in watcher.states) == live_and_polled)
        assert sandbox.watches("quiet") == 16


async def test_a_cluster_that_does_not_answer_is_told_and_shown_as_it_was(sandbox: Sandbox, pool: ClusterPool):
    sandbox.cluster("quiet").create(web("a"))
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)
        sandbox.cut_off("quiet")
        await told.until(lambda: told.state(PODS, "shop") is StreamState.UNREACHABLE)
        assert told.names(DEPLOYMENTS) == {"a"}
        down = told.states["Pod", "shop"]
        assert down.code == "cluster-unreachable"
        sandbox.faults("quiet").clear()
        await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)
        heard_at = told.states["Pod", "shop"].heard_at
        assert heard_at is not None
        assert heard_at > down.since


async def test_a_cluster_that_answers_no_question_any_more_is_silent(sandbox: Sandbox, pool: ClusterPool):
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)
        sandbox.faults("quiet").latency_ms = 60_000.0  # watches stand, and nothing is answered
        await told.until(lambda: told.state(PODS, "shop") is StreamState.SILENT)
        sandbox.faults("quiet").clear()
        await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)


async def test_a_cluster_that_goes_silent_is_noticed_whatever_the_clock_says(
    sandbox: Sandbox, pool: ClusterPool, monkeypatch: pytest.MonkeyPatch
):
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        with monkeypatch.context() as context:
            context.setattr("services.reading.live.stream._now", lambda: datetime.now(UTC) + timedelta(hours=1))
            await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)
            sandbox.faults("quiet").latency_ms = 60_000.0
        await told.until(lambda: told.state(PODS, "shop") is StreamState.SILENT)


async def test_an_event_that_cannot_be_read_does_not_stop_a_kind_for_good(server: FakeApiServer, pool: ClusterPool):
    pods = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list", "watch"]}
    server.on("GET", "/api/v1", answers({"kind": "APIResourceList", "groupVersion": "v1", "resources": [pods]}))
    empty = {"metadata": {"resourceVersion": "5"}, "items": []}
    one = {"metadata": {"resourceVersion": "9"}, "items": [{"metadata": {"name": "a", "namespace": "shop"}}]}
    odd = [streams(b'{"type":"ADDED","object":{"metadata":{"name":7}}}\n')] * 3
    server.on("GET", "/api/v1/namespaces/shop/pods", answers(empty, *odd, one, streams(linger=60.0)))
    text = kubeconfig(server=server.url)
    gateway = await pool.watched(ClusterCredential(cluster_id="odd", name="odd", version=1, kubeconfig=lambda: text))
    sink = KeptSink()
    watcher = ClusterWatcher(cluster_record("odd"), gateway, sink, pace=QUICK)
    watcher.want(wanted_of(["shop"], kinds=[PODS]))
    async with running(watcher):
        await sink.until(lambda: sink.names(PODS) == {"a"})


async def test_a_cluster_that_hangs_takes_no_slot_that_others_wait_for(sandbox: Sandbox):
    """All its requests are under way, and one request to another cluster is all that the pool allows."""
    sandbox.faults("quiet").latency_ms = 60_000.0
    async with (
        ClusterPool(rules=EVERYWHERE, limits=PoolLimits(overall=1)) as pool,
        watching(sandbox, "quiet", SHOP, pool=pool),
    ):
        text = sandbox.kubeconfig("other")
        other = ClusterCredential(cluster_id="other", name="other", version=1, kubeconfig=lambda: text)
        gateway = await pool.gateway(other)
        await asyncio.sleep(0.2)
        assert (await gateway.version(deadline=Deadline.after(10))).git_version


AMONG_MANY = replace(QUICK, answer=20.0, quiet=60.0)  # a hundred clusters begin at once, on whatever machine this is


async def test_sixty_clusters_are_fresh_beside_twenty_that_hang_ten_that_refuse_and_ten_that_answer_garbage(
    server: FakeApiServer, pool: ClusterPool
):
    good, hanging, refusing, odd = (
        [f"{what}-{number}" for number in range(count)]
        for what, count in (("good", 60), ("hangs", 20), ("refuses", 10), ("odd", 10))
    )
    server.on("GET", "/api", answers("<html>"))
    text = kubeconfig(server=server.url)
    told: dict[str, KeptSink] = {}
    async with asyncio.timeout(280), AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox([*good, *hanging, *refusing], controllers=False))
        for name in hanging:
            sandbox.faults(name).latency_ms = 600_000.0
        for name in refusing:
            sandbox.faults(name).token_expired = True
        for name in odd:
            credential = ClusterCredential(cluster_id=name, name=name, version=1, kubeconfig=lambda: text)
            told[name] = KeptSink()
            watcher = ClusterWatcher(cluster_record(name), await pool.watched(credential), told[name], pace=AMONG_MANY)
            watcher.want(SHOP)
            await stack.enter_async_context(running(watcher))
        for name in (*hanging, *refusing, *good):  # the good ones last: whatever the others may take, they have taken
            told[name] = (await stack.enter_async_context(watching(sandbox, name, SHOP, pool=pool, pace=AMONG_MANY)))[1]
        for name in good:
            await until_live(told[name])
            sandbox.cluster(name).create(namespace("shop"))
            sandbox.cluster(name).create(web("a"))
        for name in good:
            await until_it_has(told[name], "a")
        for names, state in (
            (odd, StreamState.UNREACHABLE),
            (hanging, StreamState.UNREACHABLE),
            (refusing, StreamState.REFUSED),
        ):
            for name in names:
                await until_it_is(told[name], state)


async def test_a_refused_credential_is_told_and_tried_again(sandbox: Sandbox, pool: ClusterPool):
    sandbox.faults("quiet").token_expired = True
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        await told.until(lambda: told.state(PODS, "shop") is StreamState.REFUSED)
        assert told.states["Pod", "shop"].code == "cluster-credential"
        sandbox.faults("quiet").clear()
        await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)


async def test_where_watching_is_refused_the_kind_is_polled(sandbox: Sandbox, pool: ClusterPool):
    sandbox.faults("quiet").failures = [Failure(status=403, path="watch=1")]
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (_, told):
        await told.until(lambda: told.state(DEPLOYMENTS, "shop") is StreamState.POLLED)
        sandbox.cluster("quiet").create(web("a"))
        await told.until(lambda: told.names(DEPLOYMENTS) == {"a"})


async def test_a_kind_that_is_not_served_is_looked_for_again(sandbox: Sandbox, pool: ClusterPool):
    rollouts = Kind.of("argoproj.io/v1alpha1", "Rollout")
    async with watching(sandbox, "quiet", wanted_of(["shop"], kinds=[rollouts, PODS]), pool=pool) as (_, told):
        await told.until(lambda: told.state(rollouts, "shop") is StreamState.NOT_SERVED)
        await told.until(lambda: told.state(PODS, "shop") is StreamState.LIVE)
        sandbox.cluster("quiet").create(definition("Rollout", "rollouts", "argoproj.io", "v1alpha1"))
        await told.until(lambda: told.state(rollouts, "shop") is StreamState.LIVE)


async def test_what_is_not_wanted_any_more_is_gone_and_not_watched(sandbox: Sandbox, pool: ClusterPool):
    sandbox.cluster("quiet").create(web("a"))
    async with watching(sandbox, "quiet", SHOP, pool=pool) as (watcher, told):
        await told.until(lambda: told.names(DEPLOYMENTS) == {"a"})
        watcher.want(wanted_of([]))
        await told.until(lambda: not told.records)
        async with asyncio.timeout(10):
            while sandbox.watches("quiet"):
                await asyncio.sleep(0.01)
        assert watcher.states == ()


async def test_an_error_of_the_sink_ends_the_watcher(sandbox: Sandbox, pool: ClusterPool):
    class Fenced(KeptSink):
        async def take(self, changes):
            raise PermissionError

    watcher = await watcher_of(sandbox, "quiet", Fenced(), pool=pool)
    watcher.want(SHOP)
    with pytest.RaisesGroup(PermissionError):
        async with asyncio.timeout(30):
            await watcher.run()


async def until_live(sink: KeptSink) -> None:
    await sink.until(lambda: sink.state(DEPLOYMENTS, "shop") is StreamState.LIVE)


async def until_it_has(sink: KeptSink, name: str) -> None:
    await sink.until(lambda: sink.names(DEPLOYMENTS) == {name})


async def until_it_is(sink: KeptSink, state: StreamState) -> None:
    await sink.until(lambda: sink.state(PODS, "shop") is state)


def pod(name: str, owner_kind: str, owner: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": owner_kind, "name": owner, "uid": owner, "controller": True}
            ],
        },
        "spec": {"containers": [{"name": "c", "image": "registry.example/shop/web:1"}]},
    }


def role_of_reader(where: str) -> dict[str, object]:
    rules = [{"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "reader", "namespace": where},
        "rules": rules,
    }


def binding_of_reader(where: str) -> dict[str, object]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "reader", "namespace": where},
        "subjects": [{"kind": "User", "name": "limited", "apiGroup": "rbac.authorization.k8s.io"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    }
