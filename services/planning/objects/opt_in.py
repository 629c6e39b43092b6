"""Whether whoever owns an object that delivers workloads lets Stagecoach change it, by an annotation. Pure.

Whoever may deploy an application here could otherwise change any object that a mark on a workload names.
"""

from domain.resources import Manifest

AUTHORIZED = "stagecoach.dev/authorized-environment"


def is_authorized(owner: Manifest, environment: str) -> bool:
    """`environment` as `shop/Production`; the annotation may name several, separated by commas."""
    return environment in {each.strip() for each in owner.annotations.get(AUTHORIZED, "").split(",")}
