"""Entries of the audit about clusters, environments, applications and app environments: targets, and shown members.

Members are chosen here one by one, so that a member that is added to a record later is not shown by itself.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from db.records.inventory import AppEnvironmentRecord, ApplicationRecord, ClusterRecord, EnvironmentRecord
from domain.audit import AuditEntry, Target
from domain.follows import Follow
from domain.grants import Caller

Members = Mapping[str, Any]


class Difference(TypedDict):
    """The members of an entry that say what changed."""

    before: Members
    after: Members


def changed(before: Members, after: Members) -> Difference:
    """Of two states, the members that differ: as `before` and `after` of an entry."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        "before": {name: before[name] for name in names if name in before},
        "after": {name: after[name] for name in names if name in after},
    }


def cluster_target(record: ClusterRecord) -> Target:
    return Target(kind="cluster", id=record.id, name=record.name)


def environment_target(record: EnvironmentRecord) -> Target:
    return Target(kind="environment", id=record.id, name=record.name)


def application_target(record: ApplicationRecord) -> Target:
    return Target(kind="application", id=record.id, name=record.name)


def of_application(
    caller: Caller,
    action: str,
    record: ApplicationRecord,
    *,
    before: Members | None = None,
    after: Members | None = None,
) -> AuditEntry:
    """An entry about an application."""
    return AuditEntry.by(
        caller, action, application_target(record), application_id=record.id, before=before, after=after
    )


def of_environment(
    caller: Caller,
    action: str,
    record: EnvironmentRecord,
    *,
    before: Members | None = None,
    after: Members | None = None,
) -> AuditEntry:
    """An entry about an environment."""
    return AuditEntry.by(
        caller, action, environment_target(record), environment_id=record.id, before=before, after=after
    )


def of_app_environment(
    caller: Caller,
    action: str,
    record: AppEnvironmentRecord,
    *others: Target,
    before: Members | None = None,
    after: Members | None = None,
) -> AuditEntry:
    """An entry about an application in an environment; `others` are what else it speaks of, and stand first."""
    return AuditEntry.by(
        caller,
        action,
        *others,
        application_target(record.application),
        environment_target(record.environment),
        application_id=record.application.id,
        environment_id=record.environment.id,
        before=before,
        after=after,
    )


def shown_cluster(record: ClusterRecord) -> Members:
    """Without the credential, whose replacement shows by its version."""
    return {
        "name": record.name,
        "labels": record.labels,
        "server": record.server,
        "in_cluster": record.credential is None,
        "credential_version": record.credential_version,
    }


def shown_environment(record: EnvironmentRecord) -> Members:
    return {
        "name": record.name,
        "rank": record.rank,
        "clusters": [each.name for each in record.clusters],
        "default_namespace": record.default_namespace,
        "deploy_mode": record.deploy_mode.value,
        "pin": record.pin.value,
        "releases_keep_secrets": record.releases_keep_secrets,
        "catch_up": record.catch_up,
        "image_mappings": [each.to_json() for each in record.image_mappings],
        "strategy": record.strategy.to_json() if record.strategy is not None else None,
    }


def shown_application(record: ApplicationRecord) -> Members:
    return {"name": record.name, "description": record.description, "labels": record.labels}


def shown_settings(record: AppEnvironmentRecord) -> Members:
    """The settings of an app environment, without its image policies."""
    return {
        "namespace": record.namespace,
        "deploy_mode": record.deploy_mode.value,
        "pin": record.pin.value,
        "consents": [each.consent.value for each in record.consents],
        **({"follow": _shown_follow(record.follow)} if record.follow is not None else {}),
    }


def _shown_follow(follow: Follow) -> Members:
    return {
        "environment": follow.source.name,
        "healthy_minutes": follow.terms.healthy_minutes,
        "checks": list(follow.terms.checks),
    }
