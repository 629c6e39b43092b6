"""Plan an adoption: which objects of a namespace become the app environment's, and why others do not. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from services.planning.copying.refusals import refusal_of
from services.planning.dangers.system_namespaces import is_system_namespace
from services.planning.namespaces.controller_owned import without_controller_owned
from services.planning.namespaces.sharing import adopted_twice
from services.planning.objects.identity import ObjectKey, kind_name


@dataclass(frozen=True, kw_only=True)
class Adoptable:
    """An object of the namespace; `reason` says why it is not adopted."""

    resource: ResourceId
    adopted: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class AdoptionPlan:
    """Which objects an adoption records. An adoption changes nothing on any cluster."""

    namespace: str
    resources: tuple[Adoptable, ...]
    problems: tuple[Problem, ...]

    @property
    def adopted(self) -> tuple[ResourceId, ...]:
        """The resources that the adoption records."""
        return tuple(each.resource for each in self.resources if each.adopted)

    @property
    def blocked(self) -> bool:
        return any(problem.severity is Severity.BLOCKS for problem in self.problems)


NO_SHARERS: Mapping[str, Iterable[str]] = {}


def plan_adoption(
    namespace: str,
    found: Mapping[str, tuple[Manifest, ...]],
    *,
    desired: tuple[ResourceId, ...] | None,
    unread: Iterable[Problem] = (),
    sharers: Mapping[str, Iterable[str]] = NO_SHARERS,
) -> AdoptionPlan:
    """The adoption of the objects `found` by cluster name; `desired` names them, None adopts all.

    `unread` are the problems of clusters or kinds that could not be read, `sharers` as in `adopted_twice`.
    """
    present: dict[ObjectKey, Manifest] = {}
    for manifests in found.values():
        for manifest in without_controller_owned(manifests):
            present.setdefault(ObjectKey.of(manifest), manifest)
    problems = [*unread, *adopted_twice(namespace, sharers)]
    if desired is not None:
        keys = [ObjectKey.of_resource(resource) for resource in desired]
        problems += [_missing(r, namespace) for r, key in zip(desired, keys, strict=True) if key not in present]
        present = {key: present[key] for key in keys if key in present}
    resources = tuple(
        sorted(
            (_adoptable(manifest, named=desired is not None) for manifest in present.values()),
            key=lambda each: (not each.adopted, each.resource.kind.name, each.resource.name),
        )
    )
    if is_system_namespace(namespace):
        detail = f"Namespace {namespace} belongs to the cluster, not to applications."
        problems.append(Problem(code="system-namespace", severity=Severity.BLOCKS, detail=detail, field="namespace"))
    if not any(each.adopted for each in resources) and all(p.severity is not Severity.BLOCKS for p in problems):
        detail = (
            f"No object in namespace {namespace} can be adopted."
            if present
            else f"No object was found in namespace {namespace}. Check its name and the label selector."
        )
        problems.append(Problem(code="nothing-to-adopt", severity=Severity.BLOCKS, detail=detail, field="namespace"))
    return AdoptionPlan(namespace=namespace, resources=resources, problems=tuple(problems))


def _missing(resource: ResourceId, namespace: str) -> Problem:
    return Problem(
        code="source-missing",
        severity=Severity.BLOCKS,
        detail=f"{resource.label} is not in namespace {namespace} on any cluster.",
        resource=resource,
    )


def _adoptable(manifest: Manifest, *, named: bool) -> Adoptable:
    reason = _left_out(manifest, named=named)
    return Adoptable(resource=manifest.id, adopted=reason is None, reason=reason)


def _left_out(manifest: Manifest, *, named: bool) -> str | None:
    if kind_name(manifest.kind) == "ServiceAccount" and manifest.name == "default" and not named:
        return "Kubernetes creates it in every namespace."
    refusal = refusal_of(manifest)
    if (
        refusal is None or refusal.consent is not None
    ):  # an object that needs consent to be copied still belongs to the application
        return None
    return refusal.reason
