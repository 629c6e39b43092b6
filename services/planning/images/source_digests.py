"""What is said of a source whose pods do not prove one image: no digest, several, or another image than the template's.

Pure.
"""

from domain.image_references import short_digest
from domain.problems import Problem, Severity
from services.planning.images.running import ContainerFacts, WorkloadFacts


def digest_ambiguous(cluster: str, workload: WorkloadFacts, container: ContainerFacts) -> Problem:
    """Its pods run different images under one reference."""
    return Problem(
        code="digest-ambiguous",
        severity=Severity.BLOCKS,
        detail=(
            f"Pods of {workload.resource.label} run different images under one tag "
            f"({', '.join(map(short_digest, container.digests))}), so which to promote is unclear. Restart the "
            "workload at the source, so that its pods run the same image, or leave the container out. If they still "
            "differ, the nodes report the image of their own architecture: give the template the digest of the index."
        ),
        cluster=cluster,
        resource=workload.resource,
        field=container.name,
    )


def digest_unknown(cluster: str, workload: WorkloadFacts, container: ContainerFacts) -> Problem:
    """Only a warning: a CronJob that has not run yet has no pod that reports a digest, and is promoted by its tag."""
    return Problem(
        code="digest-unknown",
        severity=Severity.WARNS,
        detail=f"{_why_unknown(workload, container)}, so it is promoted by its tag alone.",
        cluster=cluster,
        resource=workload.resource,
        field=container.name,
    )


def _why_unknown(workload: WorkloadFacts, container: ContainerFacts) -> str:
    image = (container.runs or container.image).reference
    label = workload.resource.label
    rewritten = [one.reference for one in container.elsewhere if one.rewritten]
    if rewritten:
        return (
            f"The pods of {label} run {', '.join(rewritten)} in place of {image}: the cluster rewrites images when it "
            "creates pods, as caches and mirrors do. A digest of that repository need not exist in the image's own"
        )
    reported = [one.reference for one in container.elsewhere]
    if reported:
        return (
            f"The pods of {label} run {image}, but their nodes report it as {', '.join(reported)}: they have the same "
            "content from that repository. Its digest need not exist in the image's own"
        )
    return f"No pod of {label} reports which digest {image} is"


def kept_pods(cluster: str, workload: WorkloadFacts, container: ContainerFacts) -> Problem:
    """Its pods run another image than its template, and nothing replaces them: what runs is what was tried out."""
    former = ", ".join(dict.fromkeys(image.reference for image in container.former))
    what = f"Pods of {workload.resource.label} run {former}"
    template = f"{container.image.reference}, which its template has"
    runs = container.runs
    if runs is None:
        others = f", others {template}" if container.current else ""
        return Problem(
            code="source-pods-differ",
            severity=Severity.BLOCKS,
            detail=(
                f"{what}{others}: {workload.keeps_pods}. Which image to promote is unclear. Let all pods at the source "
                "run one image, leave the container out, or deploy the image by its name."
            ),
            cluster=cluster,
            resource=workload.resource,
            field=container.name,
        )
    return Problem(
        code="source-pods-kept",
        severity=Severity.WARNS,
        detail=(
            f"{what}, and none runs {template}: {workload.keeps_pods}. What they run is promoted. To promote the "
            "template's image, let the pods at the source run it first."
        ),
        cluster=cluster,
        resource=workload.resource,
        field=container.name,
    )
