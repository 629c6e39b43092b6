"""Which objects of a namespace a person can select for an import, and which objects go with each of them. Pure.

An edge leads from an object to one that goes with it: one that it refers to by name, or one that concerns it (Services
that select its pods, Ingresses that route to these, autoscalers, disruption budgets, network policies, role bindings).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.problems import Problem
from domain.resources import Manifest, ResourceId
from services.planning.copying.notes import notes_on
from services.planning.copying.refusals import Refusal, refusal_of
from services.planning.copying.refused_runs import is_run
from services.planning.namespaces.controller_owned import selects_pods, without_controller_owned
from services.planning.objects import paths
from services.planning.objects.declared_images import runs_images
from services.planning.objects.identity import ObjectKey, kind_name
from services.planning.objects.reference_values import CLUSTER_WIDE, Need
from services.planning.objects.references import references_of
from services.planning.objects.selectors import selects
from services.planning.objects.workloads import is_workload, pod_template
from services.planning.tools.rows import Place, Tell
from services.planning.tools.table import told


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An object that goes with another one, the reason, and whether the other one cannot run without it."""

    resource: ResourceId
    reason: str
    required: bool


@dataclass(frozen=True, kw_only=True)
class SourceResource:
    """An object of a namespace: whether it may be copied, and which objects go with it.

    `selected` says whether it is selected by default; `belongs` whether it is a resource of the app environment.
    """

    resource: ResourceId
    refusal: Refusal | None
    workload: bool
    selected: bool
    belongs: bool
    edges: tuple[Edge, ...]
    problems: tuple[Problem, ...] = field(default=())

    @property
    def copyable(self) -> bool:
        return self.refusal is None

    @property
    def reason(self) -> str | None:
        """Why it may not be copied; None where it may."""
        return self.refusal.reason if self.refusal else None

    @property
    def consent(self) -> str | None:
        """The consent that would allow the copy; None where none would or none is needed."""
        return self.refusal.consent if self.refusal else None

    @property
    def refers_to(self) -> tuple[Edge, ...]:
        return self.edges

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(problem.detail for problem in self.problems)


# The cluster or its controllers create these in every namespace, or they are short-lived: they are not shown.
_NOT_SHOWN = frozenset({"Event", "Event.events.k8s.io", "PodMetrics.metrics.k8s.io"})


def import_candidates(
    manifests: tuple[Manifest, ...],
    *,
    own: frozenset[ObjectKey] = frozenset(),
    declared: DeclaredKinds = NONE_DECLARED,
) -> tuple[SourceResource, ...]:
    """Every object that a person may select, and those that may not be copied; workloads first, then by kind and name.

    Objects that a controller creates from others are left out: the target's controllers create them again. `own` are
    the app environment's resources. Objects of `declared` kinds are workloads, too.
    """
    shown = [m for m in without_controller_owned(manifests) if kind_name(m.kind) not in _NOT_SHOWN]
    by_key = {ObjectKey.of(m): m for m in shown}
    edges = {ObjectKey.of(m): tuple(_merged(_edges(m, by_key))) for m in shown}
    refusals = {ObjectKey.of(m): refusal_of(m) for m in shown}
    selected = _selected_by_default(by_key, edges, refusals, own, declared)
    candidates = [
        SourceResource(
            resource=manifest.id,
            refusal=refusals[key],
            workload=runs_images(manifest.kind, declared),
            selected=key in selected,
            belongs=key in own,
            edges=edges[key],
            problems=tuple(notes_on(manifest)),
        )
        for key, manifest in by_key.items()
    ]
    return tuple(sorted(candidates, key=lambda r: (not r.workload, r.resource.kind.name, r.resource.name)))


def _selected_by_default(
    by_key: Mapping[ObjectKey, Manifest],
    edges: Mapping[ObjectKey, tuple[Edge, ...]],
    refusals: Mapping[ObjectKey, Refusal | None],
    own: frozenset[ObjectKey],
    declared: DeclaredKinds,
) -> frozenset[ObjectKey]:
    """The workloads, those of the app environment if it has any, and what goes with them and may be copied."""
    start = [k for k, m in by_key.items() if runs_images(m.kind, declared) and (k in own or not own)]
    start += [k for k in by_key if k in own]
    # Creating a run runs it, and a hook belongs to its release: a person has to want either.
    start = [k for k in start if not is_run(by_key[k]) and not _is_hook(by_key[k])]
    reached: set[ObjectKey] = set()
    while start:
        key = start.pop()
        if key in reached or refusals.get(key) is not None:
            continue
        reached.add(key)
        start += [ObjectKey.of_resource(edge.resource) for edge in edges.get(key, ())]
    return frozenset(reached)


def _is_hook(manifest: Manifest) -> bool:
    return next(told(Place.ANNOTATION, manifest.annotations, Tell.HOOK), None) is not None


def _merged(edges: Iterator[Edge]) -> Iterator[Edge]:
    """One edge to each object: the first, or the first required one."""
    merged: dict[ResourceId, Edge] = {}
    for edge in edges:
        before = merged.get(edge.resource)
        if before is None or (edge.required and not before.required):
            merged[edge.resource] = edge
    yield from merged.values()


def _edges(manifest: Manifest, by_key: Mapping[ObjectKey, Manifest]) -> Iterator[Edge]:
    for reference in references_of(manifest):
        key = ObjectKey(group=reference.group_kind[0], kind=reference.group_kind[1], name=reference.name)
        if reference.group_kind not in CLUSTER_WIDE and key in by_key:
            required = reference.need is Need.REQUIRED
            yield Edge(resource=by_key[key].id, reason=f"named in {reference.field}", required=required)
    if is_workload(manifest.kind):
        yield from _around_workload(manifest, by_key)
    match kind_name(manifest.kind):
        case "Service":
            yield from _around_service(manifest, by_key)
        case "ServiceAccount":
            yield from _around_service_account(manifest, by_key)
        case _:
            pass


def _around_workload(manifest: Manifest, by_key: Mapping[ObjectKey, Manifest]) -> Iterator[Edge]:
    labels = ((pod_template(manifest) or {}).get("metadata") or {}).get("labels") or {}
    for other in by_key.values():
        match kind_name(other.kind):
            case "Service" if selects({"matchLabels": other.spec.get("selector") or {}}, labels, empty=False):
                yield Edge(resource=other.id, reason="selects its pods", required=False)
            case "PodDisruptionBudget.policy" if selects(other.spec.get("selector"), labels, empty=True):
                yield Edge(resource=other.id, reason="limits how many of its pods may be unavailable", required=False)
            case "NetworkPolicy.networking.k8s.io" if selects(other.spec.get("podSelector"), labels, empty=True):
                yield Edge(resource=other.id, reason="decides which connections its pods may have", required=False)
            case "HorizontalPodAutoscaler.autoscaling" if _scales(other, manifest):
                yield Edge(resource=other.id, reason="scales it", required=False)
            case _:
                pass


def _around_service(manifest: Manifest, by_key: Mapping[ObjectKey, Manifest]) -> Iterator[Edge]:
    for other in by_key.values():
        if kind_name(other.kind) == "Ingress.networking.k8s.io" and manifest.name in _backends(other):
            yield Edge(resource=other.id, reason="routes requests to it", required=False)
        if not selects_pods(manifest) and _says_where(other, manifest.name):
            yield Edge(resource=other.id, reason="says where it leads", required=False)


def _says_where(other: Manifest, service: str) -> bool:
    if kind_name(other.kind) == "EndpointSlice.discovery.k8s.io":
        return other.labels.get("kubernetes.io/service-name") == service
    return kind_name(other.kind) == "Endpoints" and other.name == service


def _around_service_account(manifest: Manifest, by_key: Mapping[ObjectKey, Manifest]) -> Iterator[Edge]:
    for other in by_key.values():
        if kind_name(other.kind) == "RoleBinding.rbac.authorization.k8s.io" and any(
            subject.get("kind") == "ServiceAccount"
            and subject.get("name") == manifest.name
            and subject.get("namespace") in {None, manifest.namespace}
            for subject in other.body.get("subjects") or ()
        ):
            yield Edge(resource=other.id, reason="grants it its rights", required=False)


def _backends(ingress: Manifest) -> frozenset[str]:
    names = [*paths.values(ingress.body, "spec.rules[].http.paths[].backend.service.name")]
    return frozenset((*names, *paths.values(ingress.body, "spec.defaultBackend.service.name")))


def _scales(autoscaler: Manifest, workload: Manifest) -> bool:
    scaled = autoscaler.spec.get("scaleTargetRef") or {}
    return (scaled.get("kind"), scaled.get("name")) == (workload.kind.name, workload.name)
