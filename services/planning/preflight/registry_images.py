"""Findings about images at their registries: whether they are there, run on the nodes, and may be pulled. Pure.

Only registries that are stored are asked. What one did not say is no finding, except that it could not be asked, or
that a pull secret is for another registry.
"""

from collections.abc import Iterable

from domain.image_references import parse_image, short_digest
from domain.images import Image, ImageChange
from domain.problems import Problem, Severity
from domain.words import Action
from services.planning.preflight.registry_values import (
    ImageInRegistry,
    Node,
    PlannedCopy,
    PulledBy,
    PullProblem,
    RegistryAnswers,
    WorkloadKey,
)
from services.planning.preflight.values import PlannedOn, PreflightFacts

# What a node of an architecture runs besides its own, as containerd chooses of an index
# (containerd/platforms, platformVector in compare.go).
_ALSO_RUNS = {"amd64": ("386",), "arm64": ("arm",)}


def registry_images(facts: PreflightFacts, planned: PlannedOn) -> Iterable[Problem]:
    """What the registries' answers say about the images that the plan writes on a cluster."""
    return image_findings(facts.cluster, planned.changes, planned.registry)


def image_findings(cluster: str, changes: Iterable[ImageChange], answers: RegistryAnswers) -> Iterable[Problem]:
    """The same of the changes alone, for plans that no other part of pre-flight judges."""
    written = [change for change in changes if change.action is Action.UPDATE and change.after.valid]
    for change in written:
        known = answers.images.get(change.after.reference)
        if known is not None:
            nodes = answers.nodes.get(cluster, ())
            copied = answers.copies.get(change.after.reference) if known.digest is None else None
            if copied is not None:
                yield from _about_copy(cluster, change, copied, nodes)
            else:
                yield from _about_image(cluster, change, known, nodes)
        yield from _about_pulling(cluster, change, answers)
    for host in dict.fromkeys(_host(change.after) for change in written):
        if host in answers.silent:
            yield _unread(cluster, host, answers)


def _unread(cluster: str, host: str, answers: RegistryAnswers) -> Problem:
    """A warning where images are to be copied to the registry: nobody knows what is missing there, so none is."""
    said = f"{host} could not be asked whether the new images are there: {answers.silent[host]}"
    if host not in answers.copied_to:
        return Problem(code="registry-unread", severity=Severity.TELLS, detail=said, cluster=cluster)
    uncopied = "So none is copied there first, and where one is missing, no node can pull it."
    return Problem(code="registry-unread", severity=Severity.WARNS, detail=f"{said} {uncopied}", cluster=cluster)


def _about_image(
    cluster: str, change: ImageChange, known: ImageInRegistry, nodes: tuple[Node, ...]
) -> Iterable[Problem]:
    label = f"{change.workload.label}, container {change.container}"
    if known.digest is None:
        yield _problem(
            "image-not-in-registry",
            Severity.BLOCKS,
            f"{label}: {_shown(change.after)} is not in {_host(change.after)} yet, so no node could pull it. Copy the "
            "image there with its digest, or wait for the registry's replication, and make the plan again.",
            cluster,
            change,
        )
        return
    if change.after.digest is not None and known.digest != change.after.digest:
        yield _problem(
            "image-differs-in-registry",
            Severity.WARNS,
            f"{label}: {change.after.reference} names another image in {_host(change.after)} "
            f"({short_digest(known.digest)}) than what runs at the source ({short_digest(change.after.digest)}).",
            cluster,
            change,
        )
    yield from _about_platforms(cluster, change, known, nodes)


def _about_copy(cluster: str, change: ImageChange, copied: PlannedCopy, nodes: tuple[Node, ...]) -> Iterable[Problem]:
    said = f"{change.workload.label}, container {change.container}: {_shown(change.after)} is not in "
    said += f"{_host(change.after)} yet, "
    if copied.problem is not None:
        why = f"and cannot be copied there: {copied.problem}"
        yield _problem("image-not-copyable", Severity.BLOCKS, f"{said}{why}", cluster, change)
        return
    amount = ""
    if copied.copy.bytes is not None:
        amount = f" {_amount(copied.copy.bytes)} in {copied.copy.blobs} parts are missing there."
    copying = f"and is copied there from {copied.copy.source} before any cluster is changed.{amount}"
    yield _problem("image-copied-first", Severity.TELLS, f"{said}{copying}", cluster, change)
    if copied.push_unread:
        host = _host(change.after)
        yield _problem(
            "registry-unread",
            Severity.WARNS,
            f"{host} did not say in time whether {_name(change.after)} may be pushed there. If it refuses, the "
            "operation ends before any cluster is changed. Make the plan again to ask once more.",
            cluster,
            change,
        )
    there = ImageInRegistry(digest=copied.copy.digest, platforms=copied.platforms)
    yield from _about_platforms(cluster, change, there, nodes)


def _about_platforms(
    cluster: str, change: ImageChange, known: ImageInRegistry, nodes: tuple[Node, ...]
) -> Iterable[Problem]:
    key = workload_key(change)
    taking = [node for node in nodes if key in node.takes and node.platform is not None]
    lacking = [node for node in taking if not _runs_on(known.platforms, node.platform or "")]
    if not known.platforms or not lacking:
        return
    platforms, lacks = ", ".join(known.platforms), ", ".join(sorted({node.platform or "" for node in lacking}))
    said = f"{change.workload.label}, container {change.container}: {_shown(change.after)} is for {platforms}"
    if len(lacking) == len(taking):
        yield _problem(
            "image-platform",
            Severity.BLOCKS,
            f"{said}, and every node that takes its pods is {lacks}: none of them can run it. Build the image for "
            f"{lacks}, or select other nodes.",
            cluster,
            change,
        )
        return
    yield _problem(
        "image-platform",
        Severity.WARNS,
        f"{said}, and {len(lacking)} of the {len(taking)} nodes that take its pods are {lacks}: pods that are "
        "scheduled there do not start. Build the image for these, or select the other nodes by kubernetes.io/arch.",
        cluster,
        change,
    )


def _about_pulling(cluster: str, change: ImageChange, answers: RegistryAnswers) -> Iterable[Problem]:
    by = PulledBy(cluster=cluster, workload=workload_key(change), reference=change.after.reference)
    host, label = _host(change.after), change.workload.label
    match answers.pulls.get(by):
        case None:
            return
        case PullProblem.MISSING:
            code = "pull-secret-missing"
            said = (
                f"{host} lets nobody pull {_name(change.after)} without a credential, and no pull secret of {label} or "
                "of its service account is for it. Add one, unless the nodes have a credential of their own."
            )
        case PullProblem.ELSEWHERE:
            code = "pull-secret-missing"
            said = (
                f"{label} pulls from {_host(change.before)} with a pull secret, and has none for {host}, from which "
                f"{_name(change.after)} is to come. Add one, unless {host} asks for no credential or the nodes have a "
                f"credential of their own. Register {host} under Registries to have this tried."
            )
        case PullProblem.REFUSED:
            code = "pull-secret-refused"
            said = (
                f"{host} refuses the pull secret of {label} for {_name(change.after)}. Renew it, unless the nodes have "
                "a credential of their own."
            )
    yield _problem(code, Severity.WARNS, said, cluster, change)


def workload_key(change: ImageChange) -> WorkloadKey:
    """The workload of a change, whichever version of its kind a cluster serves."""
    return (*change.workload.group_kind, change.workload.name)


def _runs_on(platforms: tuple[str, ...], node: str) -> bool:
    system, _, architecture = node.partition("/")
    runs = {f"{system}/{each}" for each in (architecture, *_ALSO_RUNS.get(architecture, ()))}
    return any("/".join(platform.split("/")[:2]) in runs for platform in platforms)


def _amount(count: int) -> str:
    """Bytes as registries show them, in powers of ten."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _host(image: Image) -> str:
    return parse_image(image.reference).registry


def _name(image: Image) -> str:
    return parse_image(image.reference).full_name


def _shown(image: Image) -> str:
    return parse_image(image.reference).display


def _problem(code: str, severity: Severity, detail: str, cluster: str, change: ImageChange) -> Problem:
    return Problem(
        code=code, severity=severity, detail=detail, cluster=cluster, resource=change.workload, field=change.container
    )
