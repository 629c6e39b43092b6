"""What a ResourceQuota leaves, and what it wants to be told. Pure.

Quotas with scopes count only some pods, which their status does not tell apart, so nothing is said of them
(Kubernetes docs, "Resource Quotas", "Quota scopes").
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.resources import Manifest
from services.planning.objects.pod_amounts import unnamed
from services.planning.objects.quantities import amount

# What the admission of pods asks to be explicit where a quota counts it.
_EXPLICIT: Mapping[str, tuple[str, str]] = {
    **{name: ("requests", name) for name in ("cpu", "memory")},
    **{f"{side}.{name}": (side, name) for side in ("requests", "limits") for name in ("cpu", "memory")},
}


@dataclass(frozen=True, kw_only=True)
class Exceeded:
    """A name of a quota for which there is no room: `hard` and `used` as the quota has them, `more` as a number."""

    name: str
    hard: str
    used: str
    more: str

    @property
    def sentence(self) -> str:
        return f"allows {self.hard} of {self.name}; {self.used} are used"


def without_scopes(quotas: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """The quotas that count everything in their namespace."""
    return tuple(each for each in quotas if not (each.spec.get("scopes") or each.spec.get("scopeSelector")))


def exceeded(
    quota: Manifest, more: Mapping[str, Decimal], *, freed: Mapping[str, Decimal] | None = None
) -> Iterator[Exceeded]:
    """The names for which `more` does not fit, after what is `freed` is no longer used."""
    used = quota.status.get("used") or {}
    for name, hard in hard_of(quota).items():
        most, in_use, needed = amount(hard), amount(used.get(name, "0")), more.get(name, Decimal(0))
        if most is None or in_use is None or needed == 0:
            continue
        if max(Decimal(0), in_use - (freed or {}).get(name, Decimal(0))) + needed > most:
            number = format(needed.normalize(), "f")
            yield Exceeded(name=name, hard=str(hard), used=str(used.get(name, "0")), more=number)


def hard_of(quota: Manifest) -> Mapping[str, object]:
    """What is allowed, by name: as it is enforced now, or else as it is asked for."""
    hard: Mapping[str, object] = quota.status.get("hard") or quota.spec.get("hard") or {}
    return hard


def not_told(quota: Manifest, manifest: Manifest, limit_ranges: Sequence[Manifest] = ()) -> tuple[str, ...]:
    """The names that the quota counts and of which a container of the workload does not say how much it needs.

    Its pods are refused then, container by container, init containers too (`PodConstraintsFunc` in
    pkg/quota/v1/evaluator/core/pods.go).
    """
    names = (name for name in hard_of(quota) if name in _EXPLICIT)
    return tuple(sorted(name for name in names if unnamed(manifest, *_EXPLICIT[name], limit_ranges)))
