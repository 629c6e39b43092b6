"""What selectors of namespaces select in the target: a NetworkPolicy that selects none lets nothing through. Pure.

Labels are the only way to name a namespace in a policy, and no status tells of a selector without a match
(https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name). The
rollout is green, because probes come from the node, and every request between pods times out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.copying.facts import NamespaceState
from services.planning.copying.namespace_labels import NAME_LABEL, is_carriable
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.selectors import selects
from services.planning.objects.workloads import pod_spec, template_path

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True, kw_only=True)
class _Selector:
    path: str
    selector: Mapping[str, Any]
    effect: str  # what follows where it selects no namespace
    reach: str  # what the policy does with the namespaces that it selects


def selects_namespaces(manifest: Manifest) -> bool:
    """Whether the object selects namespaces by labels that a namespace does not have by itself."""
    return any(_names_other_labels(each.selector) for each in _selectors(manifest))


def selector_problems(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """Warnings about selectors that select no namespace of the target, not its own, or the source's."""
    if target.facts.namespaces is None:
        return
    for each in _selectors(manifest):
        yield from _about(target, manifest, each)


def _about(target: CopyTarget, manifest: Manifest, each: _Selector) -> Iterator[Problem]:
    label, cluster = manifest.id.label, target.facts.cluster
    selected = [name for name, labels in _namespaces(target).items() if selects(each.selector, labels, empty=True)]
    words = _in_words(each.selector)
    if not selected and _may_be_carried(target, each.selector):
        names = ", ".join(_names_of(each.selector))
        yield problem(
            target,
            manifest,
            "selects-no-namespace",
            Severity.WARNS,
            f"{label} selects namespaces by {words}, as its own in the source, and no namespace of cluster {cluster} "
            f"has these labels: {each.effect}. Name them ({names}) in `overrides.namespace_labels`, and the new "
            f"namespace {target.namespace} gets them; policies of others that select them then let it in, too.",
            each.path,
        )
    elif not selected:
        yield problem(
            target,
            manifest,
            "selects-no-namespace",
            Severity.WARNS,
            f"{label} selects namespaces by {words}, and no namespace of cluster {cluster} has these labels: "
            f"{each.effect}. Set the labels on the namespace that is meant, or change the selector.",
            each.path,
        )
    elif target.namespace not in selected and _selected_own(target, each.selector):
        yield problem(
            target,
            manifest,
            "selects-other-namespaces",
            Severity.WARNS,
            f"{label} selects its own namespace in the source by {words}, but on cluster {cluster} it selects "
            f"{', '.join(selected[:3])} and not {target.namespace}. Set the labels on {target.namespace}, or change "
            "the selector.",
            each.path,
        )
    source = target.source
    if source is not None and source.cluster_id == target.facts.cluster_id and source.namespace in selected:
        yield problem(
            target,
            manifest,
            "reaches-source",
            Severity.WARNS,
            f"{label} {each.reach} namespace {source.namespace}, the source, which is on the same cluster, by {words}.",
            each.path,
        )


def _namespaces(target: CopyTarget) -> dict[str, Mapping[str, str]]:
    """The labels of all namespaces, with the target's as it will be."""
    found = {each.name: each.labels for each in target.facts.namespaces or ()}
    found.setdefault(target.namespace, {**target.carried_labels, NAME_LABEL: target.namespace})
    return found


def _may_be_carried(target: CopyTarget, selector: Mapping[str, Any]) -> bool:
    """Whether the namespace is created, and labels of the source's would make the selector select it."""
    source = target.source.namespace_object if target.source is not None else None
    return (
        target.facts.namespace_state is NamespaceState.MISSING
        and _selected_own(target, selector)
        and source is not None
        and all(is_carriable(name, source.labels[name]) for name in _names_of(selector) if name in source.labels)
    )


def _selected_own(target: CopyTarget, selector: Mapping[str, Any]) -> bool:
    """Whether it selects the source's own namespace there; its name has been rewritten to the target's."""
    namespace = target.source.namespace_object if target.source is not None else None
    return namespace is not None and selects(selector, {**namespace.labels, NAME_LABEL: target.namespace}, empty=True)


def _selectors(manifest: Manifest) -> Iterator[_Selector]:
    if kind_name(manifest.kind) == "NetworkPolicy.networking.k8s.io":
        for path, effect, reach in (
            ("spec.ingress[].from[]", "this rule lets nothing in", "lets connections in from"),
            ("spec.egress[].to[]", "this rule lets nothing out", "lets connections out to"),
        ):
            for place, peer in _with_indexes(manifest.body, path):
                if peer.get("namespaceSelector"):  # an empty one selects all
                    yield _Selector(
                        path=f"{place}.namespaceSelector",
                        selector=peer["namespaceSelector"],
                        effect=effect,
                        reach=reach,
                    )
    spec = pod_spec(manifest)
    for term in paths.values(spec, f"affinity.podAffinity.{_REQUIRED}[]") if spec is not None else ():
        if isinstance(term, Mapping) and term.get("namespaceSelector"):
            root = ".".join((*(template_path(manifest.kind) or ()), "spec"))
            yield _Selector(
                path=f"{root}.affinity.podAffinity.{_REQUIRED}",
                selector=term["namespaceSelector"],
                effect="its pods stay Pending",
                reach="places its pods beside pods of",
            )


def _with_indexes(body: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each object that the path leads to, with its place: `spec.ingress[0].from[1]`."""
    outer, inner = path.removesuffix("[]").split("[].")
    for i, rule in enumerate(paths.values(body, f"{outer}[]")):
        for j, peer in enumerate(paths.values(rule, f"{inner}[]")):
            if isinstance(peer, Mapping):
                yield f"{outer}[{i}].{inner}[{j}]", peer


def _names_other_labels(selector: Mapping[str, Any]) -> bool:
    return bool(_names_of(selector))


def _names_of(selector: Mapping[str, Any]) -> list[str]:
    terms = (term for term in selector.get("matchExpressions") or () if isinstance(term, Mapping))
    return list(dict.fromkeys((*(selector.get("matchLabels") or ()), *(str(term.get("key")) for term in terms))))


def _in_words(selector: Mapping[str, Any]) -> str:
    words = [f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()]
    for term in selector.get("matchExpressions") or ():
        values = ", ".join(map(str, term.get("values") or ()))
        words.append(f"{term.get('key')} {term.get('operator')} {values}".strip())
    return " and ".join(words)
