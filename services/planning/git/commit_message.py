"""What a commit says for people who read the history of a repository. Pure."""

from collections.abc import Sequence

from domain.images import ImageChange

TRAILER = "Stagecoach-Operation"


def commit_message(changes: Sequence[ImageChange], *, operation: str, target: str) -> str:
    """A subject, the images, and the operation as a trailer (`git interpret-trailers`)."""
    subject = commit_subject(changes, target=target)
    lines = dict.fromkeys(
        f"{each.workload.label}, {each.container}: {each.before.reference} → {each.after.reference}" for each in changes
    )
    return "\n".join([subject, "", *lines, "", f"{TRAILER}: {operation}", ""])


def commit_subject(changes: Sequence[ImageChange], *, target: str) -> str:
    """`Change the images of Deployment/web for shop in Production`."""
    workloads = list(dict.fromkeys(each.workload.label for each in changes))
    named = workloads[0] if len(workloads) == 1 else f"{len(workloads)} workloads"
    return f"Change the images of {named} for {target}"
