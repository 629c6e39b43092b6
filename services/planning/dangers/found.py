"""A danger that an object holds. Pure values."""

from dataclasses import dataclass

from domain.dangers import Danger


@dataclass(frozen=True, kw_only=True, order=True)
class FoundDanger:
    """One danger of an object: the kind, where it stands, and what it is, as the rest of a sentence about the object.

    Two that are equal are the same danger: what the live object holds already is nothing new.
    """

    danger: Danger
    path: str  # as `spec.template.spec.containers[web].securityContext.privileged`
    what: str  # as `runs as privileged`
