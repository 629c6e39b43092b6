"""Asks whether an application may use a namespace, by what its environment gave when it was read."""

from db.records.inventory import AppEnvironmentRecord
from services.errors import NamespaceNotGivenError
from services.planning.namespaces.given import namespace_given


def may_use(target: AppEnvironmentRecord, namespace: str) -> bool:
    """Whether the environment gives the namespace to the application."""
    environment = target.environment
    return namespace_given(environment.given, environment.id, target.application.id, namespace)


def require_given(target: AppEnvironmentRecord, namespace: str) -> None:
    """Raises `NamespaceNotGivenError`, whether the namespace exists or not."""
    if not may_use(target, namespace):
        raise _not_given(target, namespace)


def taken_back(target: AppEnvironmentRecord) -> NamespaceNotGivenError | None:
    """Why nothing of a configured app environment may be read any more, where its namespace was taken back."""
    if target.namespace is None or may_use(target, target.namespace):
        return None
    return _not_given(target, target.namespace)


def _not_given(target: AppEnvironmentRecord, namespace: str) -> NamespaceNotGivenError:
    return NamespaceNotGivenError(
        application=target.application.name, environment=target.environment.name, namespace=namespace
    )
