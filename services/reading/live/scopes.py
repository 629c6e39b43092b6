"""What one cluster is asked for: each kind in the whole cluster or namespace by namespace, watched or polled. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.declared_kinds import Declaration
from domain.resources import Kind
from services.planning.live.needs import JOBS
from services.planning.objects.workloads import is_workload
from services.reading.live.changes import Wanted

MOST_WATCHES = 16  # of one cluster; each takes a connection there, and 66 KiB here
_FEW_NAMESPACES = 4  # up to so many are watched one by one, and what is in others is never read
_NO_NAMESPACE = frozenset({""})  # of kinds whose objects are in none


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A kind, in one namespace or, where that is None, in all; `may_narrow`: some of these namespaces would do.

    It is another scope where something else is declared of the kind: then it is read anew.
    """

    kind: Kind
    namespace: str | None
    may_narrow: bool = False
    declaration: Declaration | None = None

    def covers(self, kind: Kind, namespace: str) -> bool:
        return kind == self.kind and self.namespace in {None, namespace}


def scopes_of(wanted: Wanted, *, narrow: Collection[Kind] = ()) -> tuple[Scope, ...]:
    """Those that matter most first: workloads and pods, and what tells all of a namespace beside each other.

    `narrow` are kinds of which the credential may not read the whole cluster.
    """
    scopes = []
    for kind, namespaces in kinds_of(wanted).items():
        declaration = wanted.declared.of(kind)
        if namespaces == _NO_NAMESPACE:
            scopes.append(Scope(kind=kind, namespace=None))
        elif len(namespaces) > _FEW_NAMESPACES and kind not in narrow:
            scopes.append(Scope(kind=kind, namespace=None, may_narrow=True, declaration=declaration))
        else:
            scopes += [Scope(kind=kind, namespace=each, declaration=declaration) for each in namespaces]
    return tuple(sorted(scopes, key=_rank))


def kinds_of(wanted: Wanted) -> dict[Kind, frozenset[str]]:
    """The kinds and their namespaces, with what else tells of them: the Jobs of CronJobs say which pods are theirs."""
    kinds = dict(wanted.kinds)
    above = [namespaces for kind, namespaces in kinds.items() if (kind.group, kind.name) == ("batch", "CronJob")]
    if above:
        kinds[JOBS] = kinds.get(JOBS, frozenset()).union(*above)
    return {kind: namespaces for kind, namespaces in kinds.items() if namespaces}


def _rank(scope: Scope) -> tuple[bool, str, bool, Kind]:
    of_pods = scope.kind.name == "Pod" or is_workload(scope.kind)
    return not of_pods, scope.namespace or "", scope.kind.name != "Pod", scope.kind
