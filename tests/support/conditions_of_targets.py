"""The conditions of findings about how the target's workloads stand, who owns them, and what may be done there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.resources import Manifest, ResourceId
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.strategies import Strategy
from domain.words import ImageConsent
from services.kube.deadline import Deadline
from services.reading.credentials import credential_of
from tests.support.eventually import eventually
from tests.support.findings import DB, WEB, Conditions, Mend, Place, template_with
from tests.support.promotion_stage import image

_FLUX = {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
_JOB = ResourceId.of("batch/v1", "Job", "migrate")
_OPERAND = ResourceId.of("operators.example/v1", "Database", "orders")
WITHOUT_JOBS, WITHOUT_LOGS, WITHOUT_OPERANDS = "without-jobs", "without-logs", "without-operands"
USERS = {name: f"token-of-{name}" for name in (WITHOUT_JOBS, WITHOUT_LOGS, WITHOUT_OPERANDS)}  # of practice clusters

condition = Conditions()


@condition("pods-not-replaced")
async def _keeps_pods(place: Place) -> Mend:
    place.change(place.there, "statefulsets", "db", updateStrategy={"type": "OnDelete"})

    async def mend() -> None:
        place.change(place.there, "statefulsets", "db", updateStrategy={"type": "RollingUpdate"})

    return mend


@condition("job-immutable")
async def _older_job(place: Place) -> Mend:
    place.here.create(_job(place, "2"), manager="kubectl")
    place.there.create(_job(place, "1"), manager="kubectl")
    await place.belong(place.source, WEB, DB, _JOB)
    await place.belong(place.target, WEB, DB, _JOB)

    async def mend() -> None:
        place.there.remove("jobs", "migrate", place.stage.namespace)
        place.there.create(_job(place, "2"), manager="kubectl")

    return mend


def _job(place: Place, tag: str) -> dict[str, Any]:
    pods = {"restartPolicy": "Never", "containers": [{"name": "migrate", "image": image(f"web:{tag}")}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "namespace": place.stage.namespace},
        "spec": {"template": {"spec": pods}},
    }


@condition("autoscaler-unable")
async def _requests_nothing(place: Place) -> Mend:
    """Its controller has said for twenty minutes that pods which request nothing cannot be scaled by their load."""
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    place.there.create(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": place.stage.namespace},
            "spec": {"scaleTargetRef": scaled, "minReplicas": 2, "maxReplicas": 4},
        }
    )
    found = await eventually(lambda: _that_lacks_metrics(place))
    since = (datetime.now(UTC) - timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [{**each, "lastTransitionTime": since} for each in found["status"]["conditions"]]
    place.there.update_status({**found, "status": {**found["status"], "conditions": conditions}})

    async def mend() -> None:
        web = place.of(place.there, "deployments", "web")
        [container] = web["spec"]["template"]["spec"]["containers"]
        requesting = {**container, "resources": {"requests": {"cpu": "100m"}}}
        place.change(place.there, "deployments", "web", template=template_with(web, containers=[requesting]))

    return mend


async def _that_lacks_metrics(place: Place) -> dict[str, Any] | None:
    found = place.of(place.there, "horizontalpodautoscalers", "web")
    return found if "FailedGetResourceMetric" in str(found.get("status")) else None


@condition("image-in-custom-resource")
async def _older_operand(place: Place) -> Mend:
    await _operands(place)

    async def mend() -> None:
        place.change(place.there, "databases", "orders", image="registry.example/orders-db:2")

    return mend


@condition("custom-resources-unread")
async def _operands_unread(place: Place) -> Mend:
    await _operands(place)
    return await _limited(place, WITHOUT_OPERANDS, lacking=[_READ_OPERANDS])


async def _operands(place: Place) -> None:
    """Both sides have a custom resource of an operator, each with the image of its own version."""
    for on, record, tag in ((place.here, place.source, "2"), (place.there, place.target, "1")):
        if on.get("customresourcedefinitions", _DATABASES["metadata"]["name"]) is None:
            on.create(_DATABASES)
        on.create(
            {
                "apiVersion": "operators.example/v1",
                "kind": "Database",
                "metadata": {"name": "orders", "namespace": place.stage.namespace},
                "spec": {"image": f"registry.example/orders-db:{tag}"},
            }
        )
        await place.belong(record, WEB, DB, _OPERAND)


@condition("owned")
async def _flux(place: Place) -> Mend:
    place.mark(place.there, labels=_FLUX)

    async def mend() -> None:
        place.ask(allow=(ImageConsent.OWNED_UNTIL_NEXT_UPGRADE,))

    return mend


@condition("owned-until-next-upgrade")
async def _flux_with_consent(place: Place) -> Mend:
    place.mark(place.there, labels=_FLUX)
    place.ask(allow=(ImageConsent.OWNED_UNTIL_NEXT_UPGRADE,))

    async def mend() -> None:
        place.mark(place.there, labels={})

    return mend


@condition("owned-by-controller")
async def _made_by_a_controller(place: Place) -> Mend:
    namespace = place.stage.namespace
    owner = place.there.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "maker", "namespace": namespace}}
    )
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "maker", "uid": owner["metadata"]["uid"]}
    place.mark(place.there, ownerReferences=[{**reference, "controller": True}])

    async def mend() -> None:
        place.mark(place.there, ownerReferences=[])

    return mend


@condition("image-written-by-others")
async def _keel(place: Place) -> Mend:
    place.mark(place.there, annotations={"keel.sh/policy": "all"})

    async def mend() -> None:
        place.mark(place.there, annotations={})

    return mend


@condition("owners-disagree")
async def _two_appliers(place: Place) -> Mend:
    await _apply(place, "ci", [{"name": "web", "image": image("web:1")}])
    await _apply(place, "gitops", [{"name": "web", "image": image("web:1")}])

    async def mend() -> None:
        await _apply(place, "ci", [])

    return mend


async def _apply(place: Place, manager: str, containers: Sequence[dict[str, str]]) -> None:
    """As `kubectl apply --server-side --field-manager`, of these containers alone."""
    async with place.stage.database.read() as tx:
        record = await tx.clusters.get(place.stage.cluster_ids["prod-eu"])
    assert record is not None
    gateway = await place.stage.pool.gateway(credential_of(record))
    body: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    if containers:
        body["spec"] = {"template": {"spec": {"containers": list(containers)}}}
    await gateway.apply(
        Manifest(body), namespace=place.stage.namespace, field_manager=manager, deadline=Deadline.after(60)
    )


@condition("hook-rights")
async def _no_jobs(place: Place) -> Mend:
    place.ask(strategy=Strategy(hooks=(_HOOK,)))
    return await _limited(place, WITHOUT_JOBS, [_READ_LOGS], lacking=[_FOLLOW_JOBS])


@condition("hook-log-rights")
async def _no_logs(place: Place) -> Mend:
    place.ask(strategy=Strategy(hooks=(_HOOK,)))
    return await _limited(place, WITHOUT_LOGS, [_FOLLOW_JOBS], lacking=[_READ_LOGS])


async def _limited(
    place: Place, user: str, rules: Sequence[dict[str, Any]] = (), *, lacking: Sequence[dict[str, Any]]
) -> Mend:
    """The credential may do what promotions need, and what `rules` say. What it is `lacking` is the remedy."""
    _grant(place, user, [*_PROMOTE, *rules])
    async with place.stage.database.begin() as tx:
        await tx.clusters.replace_credential(
            place.stage.cluster_ids["prod-eu"],
            credential=place.stage.sandbox.kubeconfig("prod-eu", user),
            server=None,
        )

    async def mend() -> None:
        _grant(place, user, lacking, name=f"{user}-more")

    return mend


def _grant(place: Place, user: str, rules: Sequence[dict[str, Any]], *, name: str | None = None) -> None:
    group, named = "rbac.authorization.k8s.io", name or user
    role: dict[str, Any] = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": named}}
    place.there.create({**role, "rules": list(rules)})
    place.there.create(
        {
            **role,
            "kind": "ClusterRoleBinding",
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": named},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        }
    )


_CORE = ["pods", "nodes", "configmaps", "secrets", "services", "serviceaccounts", "resourcequotas", "limitranges"]
_GROUPS = ["apps", "autoscaling", "policy", "storage.k8s.io", "authorization.k8s.io"]
_PROMOTE: tuple[dict[str, Any], ...] = (
    {"apiGroups": _GROUPS, "resources": ["*"], "verbs": ["*"]},
    {"apiGroups": [""], "resources": [*_CORE, "persistentvolumeclaims", "events", "namespaces"], "verbs": ["*"]},
)
_FOLLOW_JOBS = {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "list", "watch"]}
_READ_OPERANDS = {"apiGroups": ["operators.example"], "resources": ["databases"], "verbs": ["get", "list"]}
_READ_LOGS = {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}
_PODS = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "$(image:web)"}]}
_HOOK = Hook(
    name="migrate",
    when=HookMoment.BEFORE,
    scope=JobScope.ENVIRONMENT,
    job=JobTemplate(
        manifest=Manifest({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": _PODS}}}), seconds=60
    ),
)
_DATABASES: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "databases.operators.example"},
    "spec": {
        "group": "operators.example",
        "scope": "Namespaced",
        "names": {"kind": "Database", "plural": "databases", "singular": "database"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
