"""What an ApplicationSet of Argo CD leaves alone in the applications that it has made. Pure.

It writes an application again by a merge patch, which has a list as a whole or not at all: a rule for a field *within*
`spec.sources` keeps nothing, one for all of `spec.sources` does (argoproj/argo-cd
applicationset/utils/createOrUpdate.go, docs/operator-manual/applicationset/Controlling-Resource-Modification.md).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domain.resources import Manifest

KIND = "ApplicationSet"
_ONLY_CREATES = frozenset({"create-only", "create-delete"})
_WITHIN_A_LIST = "/spec/sources/"
_OVERRIDES = ("kustomize/images", "helm/parameters")
_PLAIN_PATH = re.compile(r"(\.[A-Za-z_][A-Za-z0-9_]*)+")


def leaves_alone(application_set: Manifest, application: Manifest, pointer: str) -> bool:
    """Whether it would not write the field at this JSON pointer of the application again."""
    if _policy(application_set).get("applicationsSync") in _ONLY_CREATES:
        return True
    return any(
        pointer == ignored or pointer.startswith(f"{ignored}/")
        for ignored in _ignored(application_set, application.name)
        if not ignored.startswith(_WITHIN_A_LIST)
    )


def leaves_overrides_alone(application_set: Manifest, application: Manifest) -> bool:
    """Whether there is a place for an override that it would not write again."""
    several = application.spec.get("sources")
    sources = [f"/spec/sources/{index}" for index in range(len(several))] if several else ["/spec/source"]
    return any(
        leaves_alone(application_set, application, f"{source}/{each}") for source in sources for each in _OVERRIDES
    )


def _ignored(application_set: Manifest, application: str) -> Iterator[str]:
    """The fields of this application that it ignores, as JSON pointers."""
    for rule in application_set.spec.get("ignoreApplicationDifferences") or ():
        if isinstance(rule, dict) and rule.get("name") in {None, "", application}:
            yield from map(str, rule.get("jsonPointers") or ())
            for path in map(str, rule.get("jqPathExpressions") or ()):
                if _PLAIN_PATH.fullmatch(path):
                    yield path.replace(".", "/")


def _policy(application_set: Manifest) -> Mapping[str, Any]:
    policy = application_set.spec.get("syncPolicy")
    return policy if isinstance(policy, dict) else {}
