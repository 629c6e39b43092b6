"""Two practice clusters in this process, and copies from one to the other: planned, dry-run and written, without HTTP.

The planner and the execution are those of the service; only the gateway is replaced, by calls to the practice cluster.
"""

from collections.abc import Sequence
from typing import Any, cast

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation, ServedKind, ServedKinds
from domain.overrides import Overrides
from domain.resources import Kind, Manifest
from domain.words import Action, OnConflict
from sandbox.bodies import FieldValidation, WriteOptions
from sandbox.clock import ManualClock
from sandbox.cluster import Cluster
from sandbox.errors import StatusError
from sandbox.patching import Patch, PatchType
from sandbox.seed import equip
from sandbox.store import thaw
from services.execution.copy_dry_run import try_writes
from services.execution.copying import copy_to_cluster
from services.execution.progress import ClusterResult
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.kube.requests import BodyType, Repeat, Request
from services.kube.responses import error_of_status
from services.planning.copying.dry_runs import with_dry_run
from services.planning.copying.facts import CopyFacts, NamespaceState, SourceFacts, TargetFacts
from services.planning.copying.plan import CopyChoices, CopyPlan, PlannedResource
from services.planning.copying.planner import plan_copy
from services.planning.copying.work import CopyWork, work_of
from services.planning.objects.identity import ObjectKey
from tests.support.objects import FINGERPRINTS

SOURCE, TARGET = "shop-dev", "shop"
_BODY_TYPES = {"apply": BodyType.APPLY, "change": BodyType.JSON_PATCH}


class InProcess:
    """The part of `ClusterGateway` that writing a copy needs, on one practice cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.cluster = cluster.name

    async def get(self, kind: Kind, name: str, *, namespace: str | None, **_: Any) -> Manifest | None:
        resource = self._cluster.resources.of_kind(kind.api_version, kind.name)
        assert resource is not None, kind
        found = self._cluster.get(resource.group_resource, name, namespace or "")
        return None if found is None else Manifest(thaw(found))

    async def apply(self, manifest: Manifest, *, force: bool = False, **given: Any) -> Manifest:
        return self._patch(PatchType.APPLY, manifest.kind, manifest.name, manifest.body, force=force, **given)

    async def patch_json(
        self, kind: Kind, name: str, operations: Sequence[JsonPatchOperation], **given: Any
    ) -> Manifest:
        patch = [{"op": each.op, "path": each.path, "value": each.value} for each in operations]
        return self._patch(PatchType.JSON, kind, name, patch, **given)

    async def create(self, manifest: Manifest, **given: Any) -> Manifest:
        def write(options: WriteOptions) -> Any:
            return self._cluster.writer.create(self._resource(manifest.kind), given["namespace"], body, options)

        body = manifest.edited()
        return self._written("create", manifest.kind, manifest.name, body, write, **given)

    async def replace(self, manifest: Manifest, **given: Any) -> Manifest:
        def write(options: WriteOptions) -> Any:
            resource = self._resource(manifest.kind)
            return self._cluster.writer.replace(resource, given["namespace"], manifest.name, body, options)

        body = manifest.edited()
        return self._written("replace", manifest.kind, manifest.name, body, write, **given)

    def _patch(self, type_: PatchType, kind: Kind, name: str, body: Any, **given: Any) -> Manifest:
        def write(options: WriteOptions) -> Any:
            patch = Patch(type=type_, body=body)
            return self._cluster.writer.patch(self._resource(kind), given["namespace"], name, patch, options)

        verb = "apply" if type_ is PatchType.APPLY else "change"
        return self._written(verb, kind, name, body, write, **given)

    def _resource(self, kind: Kind) -> Any:
        resource = self._cluster.resources.of_kind(kind.api_version, kind.name)
        assert resource is not None, kind
        return resource

    def _written(
        self,
        verb: str,
        kind: Kind,
        name: str,
        body: Any,
        write: Any,
        *,
        namespace: str,
        dry_run: bool = False,
        force: bool = False,
        **_: Any,
    ) -> Manifest:
        options = WriteOptions(
            manager=FIELD_MANAGER, dry_run=dry_run, force=force, field_validation=FieldValidation.STRICT
        )
        try:
            return Manifest(thaw(write(options).object))
        except StatusError as refusal:
            request = _request(verb, kind, name, namespace, body)
            raise error_of_status(refusal.code, refusal.as_json(), request, cluster=self.cluster) from refusal


def _request(verb: str, kind: Kind, name: str, namespace: str, body: Any) -> Request:
    return Request(
        verb=verb,
        method="PATCH",
        path="",
        repeat=Repeat.ONCE,
        body=body,
        body_type=_BODY_TYPES.get(verb, BodyType.JSON),
        kind=kind,
        name=name,
        namespace=namespace,
    )


class _Unheard:
    """A timeline that nobody reads."""

    async def report(self, *_: Any, **__: Any) -> None:
        return

    async def store_undo(self, *_: Any, **__: Any) -> None:
        return

    async def wrote(self, *_: Any, **__: Any) -> None:
        return


class TwoClusters:
    """Namespace `shop-dev` on the source, `shop` on the target."""

    def __init__(self) -> None:
        self.source, self.target = (Cluster(name, clock=ManualClock()) for name in ("dev-1", "staging-1"))
        for cluster, namespace in ((self.source, SOURCE), (self.target, TARGET)):
            equip(cluster)
            self._write(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, "")
        self.gateway = InProcess(self.target)
        self.copied: dict[ObjectKey, Manifest] = {}
        self._spoiled: dict[ObjectKey, dict[str, Any]] = {}

    def define(self, definition: dict[str, Any], on_target: dict[str, Any] | None = None) -> None:
        """Serve a custom kind on both clusters; on the target by another definition, if one is given."""
        self._write(self.source, definition, "")
        self._write(self.target, on_target or definition, "")

    def create(self, body: dict[str, Any], manager: str = "kubectl-create") -> None:
        """Create an object in the source, as `kubectl create` would."""
        self._write(self.source, body, SOURCE, manager)
        manifest = Manifest(body)
        self.copied[ObjectKey.of(manifest)] = manifest

    def replace(self, body: dict[str, Any], manager: str = "kubectl-replace") -> None:
        """Replace an object of the source, as `kubectl replace` would."""
        version = self.in_source(body)["metadata"]["resourceVersion"]  # without one, custom resources are not replaced
        metadata = {**body["metadata"], "resourceVersion": version}
        self._replace(self.source, {**body, "metadata": metadata}, SOURCE, manager)

    def plant(self, body: dict[str, Any], manager: str = "kubectl-create") -> None:
        """Create an object in the target, where somebody else than Stagecoach made it."""
        self._write(self.target, body, TARGET, manager)

    def apply(self, body: dict[str, Any], manager: str, *, cluster: Cluster | None = None, namespace: str = "") -> None:
        """Apply an object on the server, in the source unless another cluster is named."""
        where = cluster or self.source
        resource = where.resources.of_kind(body["apiVersion"], body["kind"])
        assert resource is not None
        options = WriteOptions(manager=manager, force=True)
        patch = Patch(type=PatchType.APPLY, body=body)
        where.writer.patch(resource, namespace or SOURCE, body["metadata"]["name"], patch, options)
        if where is self.source:
            manifest = Manifest(body)
            self.copied[ObjectKey.of(manifest)] = manifest

    def spoil(self, body: dict[str, Any]) -> None:
        """Have the source hold what no server accepts any more, as an object that is older than a rule."""
        self._spoiled[ObjectKey.of(Manifest(body))] = body

    def in_source(self, body: dict[str, Any]) -> dict[str, Any]:
        spoiled = self._spoiled.get(ObjectKey.of(Manifest(body)))
        return spoiled or self._read(self.source, SOURCE, Manifest(body)) or {}

    def in_target(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._read(self.target, TARGET, Manifest(body)) or {}

    def plan(self, *, on_conflict: OnConflict = OnConflict.FAIL, overrides: Overrides | None = None) -> CopyPlan:
        """The plan of copying all that was created in the source."""
        manifests = [Manifest(found) for found in map(self.in_source, (m.body for m in self.copied.values())) if found]
        live = {ObjectKey.of(m): Manifest(found) for m in manifests if (found := self.in_target(m.body))}
        target = TargetFacts(
            cluster="staging-1",
            cluster_id="id-of-staging-1",
            served=_served(self.target, manifests),
            namespace_state=NamespaceState.ACTIVE,
            live=live,
            looked_for=frozenset(ObjectKey.of(m) for m in manifests),
        )
        source = SourceFacts(
            manifests=tuple(manifests),
            environment="Development",
            cluster="dev-1",
            cluster_id="id-of-dev-1",
            namespace=SOURCE,
        )
        choices = CopyChoices(overrides=overrides or Overrides(), on_conflict=on_conflict)
        facts = CopyFacts(source=source, namespace=TARGET, targets=(target,))
        return plan_copy(facts, choices, FINGERPRINTS)

    async def preview(
        self, *, on_conflict: OnConflict = OnConflict.FAIL, overrides: Overrides | None = None
    ) -> CopyPlan:
        """The plan with its dry run."""
        plan = self.plan(on_conflict=on_conflict, overrides=overrides)
        (cluster,) = plan.clusters
        force = on_conflict is OnConflict.OVERWRITE
        runs = await try_writes(cluster, self._as_gateway(), force=force, deadline=Deadline.after(60))
        return with_dry_run(plan, {cluster.cluster: runs})

    async def copy(
        self, *, on_conflict: OnConflict = OnConflict.FAIL, overrides: Overrides | None = None
    ) -> ClusterResult:
        """Plan and write."""
        (cluster,) = self.plan(on_conflict=on_conflict, overrides=overrides).clusters
        work = work_of(cluster, on_conflict=on_conflict)
        assert isinstance(work, CopyWork), work
        return await copy_to_cluster(work, self._as_gateway(), _Unheard(), deadline=Deadline.after(60))

    def _as_gateway(self) -> ClusterGateway:
        return cast("ClusterGateway", self.gateway)

    @staticmethod
    def _write(cluster: Cluster, body: dict[str, Any], namespace: str, manager: str = "kubectl-create") -> None:
        cluster.create(_placed(body, namespace), manager=manager)

    @staticmethod
    def _replace(cluster: Cluster, body: dict[str, Any], namespace: str, manager: str) -> None:
        cluster.update(_placed(body, namespace), manager=manager)

    @staticmethod
    def _read(cluster: Cluster, namespace: str, manifest: Manifest) -> dict[str, Any] | None:
        resource = cluster.resources.of_kind(manifest.kind.api_version, manifest.kind.name)
        assert resource is not None, manifest
        found = cluster.get(resource.group_resource, manifest.name, namespace)
        return None if found is None else thaw(found)


def _placed(body: dict[str, Any], namespace: str) -> dict[str, Any]:
    placed = thaw(body)
    if namespace:
        placed["metadata"]["namespace"] = namespace
    return placed


def _served(cluster: Cluster, manifests: list[Manifest]) -> ServedKinds:
    kinds = []
    for kind in dict.fromkeys(manifest.kind for manifest in manifests):
        resource = cluster.resources.of_kind(kind.api_version, kind.name)
        assert resource is not None, kind
        kinds.append(ServedKind(kind=kind, plural=resource.plural, namespaced=resource.namespaced))
    return ServedKinds(tuple(kinds))


def resource_of(plan: CopyPlan, label: str) -> PlannedResource:
    """A resource of the plan's only cluster, by `Deployment web`."""
    (cluster,) = plan.clusters
    (found,) = [each for each in cluster.resources if each.resource.label == label]
    return found


def actions_of(plan: CopyPlan) -> set[Action]:
    """The actions on all objects of the plan's only cluster."""
    (cluster,) = plan.clusters
    return {each.action for each in cluster.resources}


def changes_of(plan: CopyPlan, label: str) -> list[tuple[str, str]]:
    """What changes in a resource: kind and path of each change."""
    return [(change.kind.value, change.path) for change in resource_of(plan, label).changes]
