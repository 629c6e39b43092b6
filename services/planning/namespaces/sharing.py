"""Says at an adoption which other app environments have the namespace. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from domain.problems import Problem, Severity

_NAMED = 3


def adopted_twice(namespace: str, sharers: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
    """A warning for each cluster on which others are in the namespace: `shop in Staging`, by the name of the cluster.

    What both adopt is one object: a promotion or an import into one app environment changes the other.
    """
    for cluster, found in sharers.items():
        others = tuple(found)
        if not others:
            continue
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        yield Problem(
            code="namespace-shared",
            severity=Severity.WARNS,
            detail=(
                f"Namespace {namespace} on cluster {cluster} is that of {', '.join(others[:_NAMED])}{more}, too: what "
                "is adopted here and there is one object, and changes for both. Adopt by labels or by name, unless "
                "they are meant to share it."
            ),
            cluster=cluster,
            field="namespace",
        )
