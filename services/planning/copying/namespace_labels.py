"""The labels that a namespace gets which a copy creates, and which of the source's it lacks. Pure.

Pod Security Admission, meshes and policies decide by labels of namespaces. `tools.namespaces` says which are carried
over by themselves and which never. All others only where the request names them: a policy of another namespace that
selects `team: checkout` lets in whoever has that label
(https://kubernetes.io/docs/concepts/services-networking/network-policies/). One that lets pods be privileged takes the
consent by which privileged pods are copied; without it the new namespace has what its cluster gives every namespace.
"""

from collections.abc import Iterator, Mapping

from domain.dangers import Danger
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.danger_problems import how_to_allow
from services.planning.copying.facts import CopyFacts, NamespaceState, SourceFacts, TargetFacts
from services.planning.tools.rows import Place, Row, Tell, Treatment
from services.planning.tools.table import rows_on, told

NAME_LABEL = "kubernetes.io/metadata.name"


def carried_labels(source: SourceFacts, names: tuple[str, ...], consents: frozenset[str]) -> dict[str, str]:
    """The labels of the source's namespace that one gets which the copy creates."""
    return {
        name: value
        for name, value in _labels_of(source).items()
        if _is_carried(_row(name, value), named=name in names, consents=consents)
    }


def _is_carried(row: Row | None, *, named: bool, consents: frozenset[str]) -> bool:
    if row is None:
        return named
    if row.treatment is Treatment.DROP or (row.tell is Tell.PRIVILEGED and Danger.PRIVILEGED_PODS not in consents):
        return False
    return named or row.treatment is Treatment.KEEP


def is_carriable(name: str, value: str) -> bool:
    """Whether a request may name the label."""
    row = _row(name, value)
    return row is None or row.treatment is not Treatment.DROP


def _labels_of(source: SourceFacts) -> Mapping[str, str]:
    return source.namespace_object.labels if source.namespace_object is not None else {}


def _row(name: str, value: str) -> Row | None:
    """The row of the table that decides about the label; None for one that no tool is known to read."""
    return next((row for row in rows_on(Place.NAMESPACE_LABEL, name) if row.value in {None, value}), None)


def namespace_object(facts: CopyFacts, labels: Mapping[str, str]) -> Manifest:
    """The namespace to create."""
    metadata = {"name": facts.namespace, **({"labels": dict(labels)} if labels else {})}
    return Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def about_named_labels(source: SourceFacts, names: tuple[str, ...]) -> Iterator[Problem]:
    """What prevents carrying a named label over, whatever the target."""
    labels = _labels_of(source)
    for name in dict.fromkeys(names):
        row = _row(name, labels.get(name, ""))
        if source.namespace_object is None:
            why = "the labels of the source's namespace could not be read"
        elif name not in labels:
            why = f"namespace {source.namespace} of the source does not have it"
        elif row is not None and row.treatment is Treatment.DROP:
            why = row.why
        else:
            continue
        detail = f"The label {name} cannot be carried over to the new namespace: {why}."
        yield Problem(
            code="override-without-resource",
            severity=Severity.BLOCKS,
            detail=detail,
            field="overrides.namespace_labels",
        )


def label_problems(
    target: TargetFacts, facts: CopyFacts, names: tuple[str, ...], consents: frozenset[str]
) -> Iterator[Problem]:
    """What follows on one cluster from the labels of the source's namespace: a new reach, a danger, or none at all."""
    carried = carried_labels(facts.source, names, consents)
    if target.namespace_state is NamespaceState.MISSING:
        yield from _dangers(target, facts, names, consents)
        yield from _annotations(target, facts)
        yield from _new_reach(target, facts, {name: carried[name] for name in names if name in carried})
        return
    live = next((each for each in target.namespaces or () if each.name == facts.namespace), None)
    asked = {name: carried[name] for name in names if name in carried}
    lacking = {k: v for k, v in asked.items() if live is None or live.labels.get(k) != v}
    if lacking:
        words = _in_words(lacking)
        it = f"It lacks {words}" if live is not None else f"Whether it has {words} was not read"
        detail = (
            f"Namespace {facts.namespace} exists on cluster {target.cluster}, and a copy changes no label of it. {it}: "
            "set them there, if policies shall select it."
        )
        yield _warns("namespace-labels-lacking", detail, target)


def _dangers(
    target: TargetFacts, facts: CopyFacts, names: tuple[str, ...], consents: frozenset[str]
) -> Iterator[Problem]:
    """Labels that let pods be privileged: what is named without the consent blocks, what is not named is left out."""
    allowed = Danger.PRIVILEGED_PODS in consents
    for name, value in _labels_of(facts.source).items():
        row = _row(name, value)
        if row is None or row.tell is not Tell.PRIVILEGED or not (name in names or row.treatment is Treatment.KEEP):
            continue
        about = f"The label {name}={value} of the source's namespace ({row.tool}) {row.why}"
        if allowed:
            done = f"namespace {facts.namespace} of cluster {target.cluster} gets it."
        elif name in names:
            done = f"{how_to_allow(Danger.PRIVILEGED_PODS)}"
        else:
            done = (
                f"namespace {facts.namespace} of cluster {target.cluster} does not get it, and is held to what its "
                f"cluster holds every namespace to. Where pods need it: {how_to_allow(Danger.PRIVILEGED_PODS)}"
            )
        yield Problem(
            code=Tell.PRIVILEGED,
            severity=Severity.BLOCKS if name in names and not allowed else Severity.WARNS,
            detail=f"{about}{'. ' if name in names and not allowed else ': '}{done}",
            cluster=target.cluster,
            field="overrides.namespace_labels",
            consent=None if allowed else Danger.PRIVILEGED_PODS,
        )


def _annotations(target: TargetFacts, facts: CopyFacts) -> Iterator[Problem]:
    """Annotations of the source's namespace by which its pods get what those of the new one will not."""
    source = facts.source.namespace_object
    found = [*told(Place.NAMESPACE_ANNOTATION, source.annotations, Tell.NAMESPACE)] if source is not None else []
    if found:
        listed = ", ".join(f"{name}, which {row.why} ({row.tool})" for name, row in found)
        detail = (
            f"Namespace {facts.namespace} is created on cluster {target.cluster} without the annotations of the "
            f"source's namespace: {listed}. Set there what its pods shall have, too."
        )
        yield Problem(code=Tell.NAMESPACE, severity=Severity.WARNS, detail=detail, cluster=target.cluster)


def _new_reach(target: TargetFacts, facts: CopyFacts, labels: Mapping[str, str]) -> Iterator[Problem]:
    if labels:
        others = _others_with(target, labels, facts.namespace)
        like = f", as they do {', '.join(others[:3])}" if others else ""
        detail = (
            f"Namespace {facts.namespace} gets the labels {_in_words(labels)} of the source's namespace: policies of "
            f"cluster {target.cluster} that select them let it in{like}."
        )
        yield _warns("namespace-labels-carried", detail, target)


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
