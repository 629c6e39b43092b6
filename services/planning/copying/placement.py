"""Whether any node of the target can run a copied workload's pods: labels, affinities, taints, devices. Pure.

Labels of nodes belong to a cluster. The API server accepts any selector, and a pending pod is no error of its object,
so nothing else says it before the write. The rules are those of the scheduler
(https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ and …/taint-and-toleration/).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.objects import paths
from services.planning.objects.quantities import amount
from services.planning.objects.selectors import selects, term_holds
from services.planning.objects.workloads import containers, pod_spec, template_path

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_TERMS = f"affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
_KEEPS_OFF = frozenset({"NoSchedule", "NoExecute"})
_HOSTNAME = "kubernetes.io/hostname"
_SYSTEM = "kubernetes.io/os"


def depends_on_nodes(manifest: Manifest) -> bool:
    """Whether the object's pods ask for something of their nodes that not every cluster has."""
    spec = pod_spec(manifest)
    return spec is not None and any(
        (_node_selector(spec), paths.value(spec, _TERMS), {*_topologies(spec)}, {*_devices(manifest)})
    )


def placement_problems(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """Warnings about what no node of the target has; none where its nodes could not be read."""
    effect = "no pod of it runs" if manifest.kind.name == "DaemonSet" else "its pods stay Pending"
    for path, what in unmet_of_nodes(manifest, target.facts.nodes or ()):
        yield problem(
            target,
            manifest,
            "no-node-fits",
            Severity.WARNS,
            f"{manifest.id.label} needs a node {what}, and cluster {target.facts.cluster} has none now: {effect} until "
            "a node like that is there, or the object is changed in the target.",
            path,
        )


def unmet_of_nodes(manifest: Manifest, nodes: tuple[Manifest, ...]) -> Iterator[tuple[str, str]]:
    """The paths of what the object's pods ask of their nodes and no node has, and what that is: `with label …`."""
    spec = pod_spec(manifest)
    if not nodes or spec is None:
        return
    root = ".".join((*(template_path(manifest.kind) or ()), "spec"))
    unmet = [*_unmet_labels(spec, nodes), *_unmet_topologies(spec, nodes)]
    unmet = unmet or [*_untolerated(spec, nodes)]
    unmet += _unmet_devices(manifest, nodes)
    for path, what in unmet:
        yield f"{root}.{path}" if root else path, what


def _unmet_labels(spec: Mapping[str, Any], nodes: tuple[Manifest, ...]) -> Iterator[tuple[str, str]]:
    selector, terms = _node_selector(spec), paths.value(spec, _TERMS) or ()
    selected = [node for node in nodes if all(node.labels.get(k) == v for k, v in selector.items())]
    if selector and not selected:
        lacking = [f"{k}={v}" for k, v in selector.items() if all(node.labels.get(k) != v for node in nodes)]
        yield "nodeSelector", f"with label {_listed(lacking or [f'{k}={v}' for k, v in selector.items()])}"
    if not terms:
        return
    matching = [node for node in nodes if _matches_any(terms, node)]
    if not matching:
        yield _TERMS, f"for which {' or '.join(map(_in_words, terms))}"
    elif selected and not any(node in matching for node in selected):
        yield _TERMS, "that satisfies both its nodeSelector and its node affinity"


def _node_selector(spec: Mapping[str, Any]) -> Mapping[str, str]:
    """The labels that a node must have: those that are selected, and the operating system that the pods name.

    A kubelet of another system refuses them (https://kubernetes.io/docs/concepts/workloads/pods/#pod-os).
    """
    system = paths.value(spec, "os.name")
    return {**({_SYSTEM: system} if system else {}), **(spec.get("nodeSelector") or {})}


def _matches_any(terms: Iterable[Any], node: Manifest) -> bool:
    return any(_matches(term, node) for term in terms if isinstance(term, Mapping))


def _matches(term: Mapping[str, Any], node: Manifest) -> bool:
    """A term without requirements matches no node (API reference, NodeSelectorTerm)."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    by_field = {"metadata.name": node.name}
    return bool(expressions or fields) and (
        all(term_holds(each, node.labels) for each in expressions) and all(term_holds(f, by_field) for f in fields)
    )


def _in_words(term: Mapping[str, Any]) -> str:
    requirements = [*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())]
    said = (f"{r.get('key')} {r.get('operator')} {_listed(r.get('values') or ())}".strip() for r in requirements)
    return " and ".join(said) or "nothing can hold"


def _untolerated(spec: Mapping[str, Any], nodes: tuple[Manifest, ...]) -> Iterator[tuple[str, str]]:
    """Taints keep the pods off every node that their labels allow; those of a node's passing condition do not count."""
    kept_off = [_keeping_off(spec, node) for node in _labelled(spec, nodes)]
    if kept_off and all(kept_off):
        taints = dict.fromkeys(f"{t.get('key')}={t.get('value', '')}:{t.get('effect')}" for t in kept_off[0])
        yield "tolerations", f"without the taint {_listed(taints)}"


def nodes_that_take(manifest: Manifest, nodes: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """The nodes on which its pods may be scheduled: by labels and taints, whatever room is left there."""
    spec = pod_spec(manifest)
    if spec is None:
        return ()
    return tuple(node for node in _labelled(spec, nodes) if not _keeping_off(spec, node))


def _labelled(spec: Mapping[str, Any], nodes: Iterable[Manifest]) -> Iterator[Manifest]:
    """The nodes that its selector and its affinity allow."""
    selector, terms = _node_selector(spec), paths.value(spec, _TERMS) or ()
    for node in nodes:
        if selects({"matchLabels": selector}, node.labels, empty=True) and (not terms or _matches_any(terms, node)):
            yield node


def _keeping_off(spec: Mapping[str, Any], node: Manifest) -> list[Mapping[str, Any]]:
    """The taints that its pods do not tolerate."""
    tolerations = [each for each in spec.get("tolerations") or () if isinstance(each, Mapping)]
    return [taint for taint in _taints(node) if not any(_tolerates(each, taint) for each in tolerations)]


def _taints(node: Manifest) -> list[Mapping[str, Any]]:
    return [
        taint
        for taint in node.spec.get("taints") or ()
        if taint.get("effect") in _KEEPS_OFF and not str(taint.get("key", "")).startswith("node.kubernetes.io/")
    ]


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in {None, "", taint.get("effect")}:
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in {None, "", taint.get("key")}
    same_key = toleration.get("key") == taint.get("key")
    if toleration.get("operator") in {"Gt", "Lt"}:  # KEP-5471: the taint's value, as a number
        term = {"key": "value", "operator": toleration["operator"], "values": [toleration.get("value")]}
        return same_key and term_holds(term, {"value": str(taint.get("value") or "")})
    return same_key and (toleration.get("value") or "") == (taint.get("value") or "")


def _topologies(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Labels of nodes by which pods must be spread or kept together."""
    for constraint in spec.get("topologySpreadConstraints") or ():
        if constraint.get("whenUnsatisfiable") == "DoNotSchedule":
            yield "topologySpreadConstraints", str(constraint.get("topologyKey"))
    for term in paths.values(spec, f"affinity.podAffinity.{_REQUIRED}[]"):
        yield f"affinity.podAffinity.{_REQUIRED}", str(term.get("topologyKey"))


def _unmet_topologies(spec: Mapping[str, Any], nodes: tuple[Manifest, ...]) -> Iterator[tuple[str, str]]:
    for path, key in dict.fromkeys(_topologies(spec)):
        if key != _HOSTNAME and all(key not in node.labels for node in nodes):
            yield path, f"with a label {key}"


def _devices(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Extended resources, as graphics processors: those with a domain that is not Kubernetes' own; and huge pages."""
    for container in containers(manifest):
        resources = container.body.get("resources") or {}
        for name in {**(resources.get("requests") or {}), **(resources.get("limits") or {})}:
            of_others = "/" in name and not name.partition("/")[0].endswith("kubernetes.io")
            if of_others or name.startswith("hugepages-"):
                yield container.path, str(name)


def _unmet_devices(manifest: Manifest, nodes: tuple[Manifest, ...]) -> Iterator[tuple[str, str]]:
    inside = len(".".join((*(template_path(manifest.kind) or ()), "spec.")))
    for path, name in dict.fromkeys(_devices(manifest)):
        if not any(amount((node.status.get("allocatable") or {}).get(name, "0")) for node in nodes):
            yield f"{path[inside:]}.resources", f"that offers {name}"


def _listed(texts: Iterable[Any]) -> str:
    return ", ".join(map(str, texts))
