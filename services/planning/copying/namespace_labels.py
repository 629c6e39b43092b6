"""The labels that a namespace gets which a copy creates, and which of the source's it lacks. Pure.

Pod Security Admission, Istio and policies decide by labels of namespaces. Those of the first two are carried over by
themselves. Others only where the request names them: a policy of another namespace that selects `team: checkout` lets
in whoever has that label (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
"""

from collections.abc import Iterator, Mapping

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.facts import CopyFacts, NamespaceState, SourceFacts, TargetFacts

NAME_LABEL = "kubernetes.io/metadata.name"
_KEPT = ("pod-security.kubernetes.io/", "istio-injection", "istio.io/rev", "istio.io/dataplane-mode")


def carried_labels(source: SourceFacts, names: tuple[str, ...]) -> dict[str, str]:
    """The labels of the source's namespace that the request names."""
    there = source.namespace_object.labels if source.namespace_object is not None else {}
    return {name: there[name] for name in names if name in there and name != NAME_LABEL}


def namespace_object(facts: CopyFacts, names: tuple[str, ...]) -> Manifest:
    """The namespace to create."""
    source = facts.source.namespace_object
    kept = {k: v for k, v in (source.labels.items() if source else ()) if k.startswith(_KEPT)}
    labels = {**kept, **carried_labels(facts.source, names)}
    metadata = {"name": facts.namespace, **({"labels": labels} if labels else {})}
    return Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def about_named_labels(source: SourceFacts, names: tuple[str, ...]) -> Iterator[Problem]:
    """What prevents carrying a named label over, whatever the target."""
    for name in dict.fromkeys(names):
        if source.namespace_object is None:
            why = "the labels of the source's namespace could not be read"
        elif name == NAME_LABEL:
            why = "the API server gives each namespace its own"
        elif name not in source.namespace_object.labels:
            why = f"namespace {source.namespace} of the source does not have it"
        else:
            continue
        detail = f"The label {name} cannot be carried over to the new namespace: {why}."
        yield Problem(
            code="override-without-resource",
            severity=Severity.BLOCKS,
            detail=detail,
            field="overrides.namespace_labels",
        )


def label_problems(target: TargetFacts, facts: CopyFacts, names: tuple[str, ...]) -> Iterator[Problem]:
    """What follows on one cluster from the labels that the request names: a new reach, or none at all."""
    labels = carried_labels(facts.source, names)
    if not labels:
        return
    if target.namespace_state is NamespaceState.MISSING:
        others = _others_with(target, labels, facts.namespace)
        like = f", as they do {', '.join(others[:3])}" if others else ""
        detail = (
            f"Namespace {facts.namespace} gets the labels {_in_words(labels)} of the source's namespace: policies of "
            f"cluster {target.cluster} that select them let it in{like}."
        )
        yield _warns("namespace-labels-carried", detail, target)
        return
    live = next((each for each in target.namespaces or () if each.name == facts.namespace), None)
    lacking = {k: v for k, v in labels.items() if live is None or live.labels.get(k) != v}
    if lacking:
        words = _in_words(lacking)
        it = f"It lacks {words}" if live is not None else f"Whether it has {words} was not read"
        detail = (
            f"Namespace {facts.namespace} exists on cluster {target.cluster}, and a copy changes no label of it. {it}: "
            "set them there, if policies shall select it."
        )
        yield _warns("namespace-labels-lacking", detail, target)


def _others_with(target: TargetFacts, labels: Mapping[str, str], namespace: str) -> list[str]:
    """Other namespaces of the cluster that have one of these labels."""
    return [
        each.name
        for each in target.namespaces or ()
        if each.name != namespace and any(each.labels.get(name) == value for name, value in labels.items())
    ]


def _in_words(labels: Mapping[str, str]) -> str:
    return " and ".join(f"{name}={value}" for name, value in labels.items())


def _warns(code: str, detail: str, target: TargetFacts) -> Problem:
    return Problem(
        code=code,
        severity=Severity.WARNS,
        detail=detail,
        cluster=target.cluster,
        field="overrides.namespace_labels",
    )
