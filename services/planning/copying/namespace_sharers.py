"""Says when the namespace of a copy is used by another environment on the same cluster. Pure.

Two environments in one namespace of one cluster write the same objects: what is imported into one changes the other.
"""

from collections.abc import Iterator

from domain.problems import Problem, Severity
from services.planning.copying.facts import TargetFacts

_NAMED = 3


def shared_namespace(target: TargetFacts, namespace: str) -> Iterator[Problem]:
    """A warning where applications of other environments are in the namespace on this cluster."""
    if not target.sharers:
        return
    more = len(target.sharers) - _NAMED
    named = ", ".join(target.sharers[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    yield Problem(
        code="namespace-shared",
        severity=Severity.WARNS,
        detail=(
            f"Namespace {namespace} is that of {named} on this cluster, too: objects of the same name are the same "
            "object in both environments. Choose another namespace, unless they are meant to share it."
        ),
        cluster=target.cluster,
        field="namespace",
    )
