"""Namespaces that an administrator gives to applications in an environment."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GivenNamespace:
    """Namespaces on an environment's clusters that applications (by id; None: all) may use there.

    `pattern` is a name, or a name with a `*` at its beginning or end.
    """

    environment_id: str
    pattern: str
    applications: frozenset[str] | None
