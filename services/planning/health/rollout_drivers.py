"""Which Rollout or Canary drives a workload: it takes the workload's template, and its own pods run that. Pure.

An Argo Rollout may refer to a Deployment instead of having a template of its own (argoproj/argo-rollouts
pkg/apis/rollouts/v1alpha1/types.go `RolloutSpec.WorkloadRef`), and Flagger's Canary watches one (fluxcd/flagger
pkg/apis/flagger/v1beta1/canary.go `CanarySpec.TargetRef`). Both leave it with no pods, and with none to wait for a
Deployment reports at once that it has rolled out: its status says nothing of what becomes of the new image.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.resources import Kind, Manifest

ROLLOUT = Kind(group="argoproj.io", version="v1alpha1", name="Rollout")
CANARY = Kind(group="flagger.app", version="v1beta1", name="Canary")
DRIVERS = (ROLLOUT, CANARY)
# The member of the specification that names the workload.
_REFERENCES: Mapping[tuple[str, str], str] = {
    (ROLLOUT.group, ROLLOUT.name): "workloadRef",
    (CANARY.group, CANARY.name): "targetRef",
}
# As rules of access name them, by the name of the kind.
PLURALS: Mapping[str, str] = {ROLLOUT.name: "rollouts.argoproj.io", CANARY.name: "canaries.flagger.app"}
_DRIVEN = frozenset({("apps", "Deployment"), ("apps", "DaemonSet")})


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """The Rollouts and Canaries of a namespace; `hidden` are those of these kinds that may not be listed there.

    `primaries` are workloads among which are those that Flagger makes of what a Canary refers to.
    """

    found: tuple[Manifest, ...] = ()
    hidden: tuple[Kind, ...] = ()
    primaries: tuple[Manifest, ...] = ()


NO_DRIVERS = Drivers()


def may_be_driven(kind: Kind) -> bool:
    """Whether a Rollout or Canary can refer to workloads of this kind."""
    return (kind.group, kind.name) in _DRIVEN


def driver_of(workload: Manifest, drivers: Iterable[Manifest]) -> Manifest | None:
    """The Rollout or Canary of the same namespace that refers to the workload; None where none does."""
    return next((each for each in drivers if _refers_to(each, workload)), None)


def primary_name(workload: str) -> str:
    """What Flagger calls the copy that takes the traffic (fluxcd/flagger pkg/canary/deployment_controller.go)."""
    return f"{workload}-primary"


def primary_of(name: str) -> str:
    """Of which workload it is the primary, by its name; the name itself where it is none's."""
    return name.removesuffix(primary_name(""))


def hidden_drivers(workload: Manifest, drivers: Drivers) -> tuple[Kind, ...]:
    """The kinds of which an object that may not be listed might drive the workload, because it wants no pods itself."""
    idle = may_be_driven(workload.kind) and workload.spec.get("replicas") == 0
    known = driver_of(workload, drivers.found) is not None
    return drivers.hidden if idle and not known else ()


def _refers_to(driver: Manifest, workload: Manifest) -> bool:
    reference = driver.spec.get(_REFERENCES.get(driver.id.group_kind, ""))
    if not isinstance(reference, Mapping) or not may_be_driven(workload.kind):
        return False
    group = str(reference.get("apiVersion") or "apps/v1").rpartition("/")[0]
    named = (group, reference.get("kind"), reference.get("name"))
    return named == (workload.kind.group, workload.kind.name, workload.name)
