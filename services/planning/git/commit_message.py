"""What a commit says for people who read the history of a repository. Pure."""

from collections.abc import Sequence

from domain.images import ImageChange
from domain.resources import ResourceId

TRAILER = "Stagecoach-Operation"


def commit_message(changes: Sequence[ImageChange], *, operation: str, target: str) -> str:
    """A subject, the images, and the operation as a trailer (`git interpret-trailers`)."""
    subject = commit_subject(changes, target=target)
    lines = dict.fromkeys(
        f"{each.workload.label}, {each.container}: {each.before.reference} → {each.after.reference}" for each in changes
    )
    return _message(subject, lines, operation)


def copy_message(resources: Sequence[ResourceId], *, source: str, operation: str, target: str) -> str:
    """A subject, the objects, and the operation as a trailer."""
    named = resources[0].label if len(resources) == 1 else f"{len(resources)} objects"
    return _message(
        f"Copy {named} from {source} for {target}", dict.fromkeys(each.label for each in resources), operation
    )


def commit_subject(changes: Sequence[ImageChange], *, target: str) -> str:
    """`Change the images of Deployment/web for shop in Production`."""
    workloads = list(dict.fromkeys(each.workload.label for each in changes))
    named = workloads[0] if len(workloads) == 1 else f"{len(workloads)} workloads"
    return f"Change the images of {named} for {target}"


def _message(subject: str, lines: dict[str, None], operation: str) -> str:
    return "\n".join([subject, "", *lines, "", f"{TRAILER}: {operation}", ""])
