"""Vets names before they become part of a URL."""

import re

from domain.resources import Kind
from services.kube.errors import Cause, InvalidObjectError

# A namespace is a DNS label. Names are mostly DNS subdomains, but those of roles may hold colons and capitals.
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_OBJECT = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9._:@]{0,251}[A-Za-z0-9])?")


def vet_namespace(name: str, kind: Kind, *, cluster: str) -> None:
    """Raises `InvalidObjectError` for what cannot be the namespace of an object."""
    _vet(name, _NAMESPACE, "metadata.namespace", kind, cluster)


def vet_name(name: str, kind: Kind, *, cluster: str) -> None:
    """Raises `InvalidObjectError` for what cannot be the name of an object."""
    _vet(name, _OBJECT, "metadata.name", kind, cluster)


def _vet(name: str, pattern: re.Pattern[str], field: str, kind: Kind, cluster: str) -> None:
    if not pattern.fullmatch(name):
        raise InvalidObjectError(
            f"'{name[:63]}' cannot be the {field} of a {kind.name}.",
            cluster=cluster,
            causes=(Cause(field=field, reason="FieldValueInvalid", message="is not a valid name"),),
        )
