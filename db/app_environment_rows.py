"""How app environments are read: the queries that select them, and their records."""

from typing import Any

from sqlalchemy import JSON, Select, and_, bindparam, exists, func, select, true, type_coerce
from sqlalchemy.orm import aliased

from db import models
from db.records.inventory import AppEnvironmentRecord, ApplicationRecord, EnvironmentRecord
from domain.actors import ActorRef
from domain.declared_kinds import NONE_DECLARED, Declaration, DeclaredKinds
from domain.follows import Follow, FollowStanding, FollowTerms
from domain.resources import ResourceId
from domain.rights import EnvironmentRef
from domain.stored.consents import held_consents
from domain.stored.git_folders import GitFolder
from domain.stored.image_deliveries import SetImageDeliveries
from domain.stored.policies import StoredPolicies
from domain.words import DeployMode, OperationState

AppEnvironmentQuery = Select[
    models.Application,
    models.Environment,
    models.AppEnvironment | None,
    list[tuple[str, str, str]] | None,
    str | None,
    str | None,
    list[tuple[str, str, dict[str, Any]]] | None,
]
_FOLLOWED = aliased(models.Environment)
_RESOURCE = models.AppEnvironmentResource
_DECLARED = models.DeclaredKind

_ITS_RESOURCES = (
    select(
        type_coerce(
            func.json_agg(func.json_build_array(_RESOURCE.api_version, _RESOURCE.kind, _RESOURCE.name)),
            JSON,
        )
    )
    .where(_RESOURCE.app_environment_id == models.AppEnvironment.id)
    .scalar_subquery()
)
_ITS_DECLARED_KINDS = (
    select(
        type_coerce(
            func.json_agg(func.json_build_array(_DECLARED.api_group, _DECLARED.kind, _DECLARED.declaration)),
            JSON,
        )
    )
    .where(
        exists().where(
            _RESOURCE.app_environment_id == models.AppEnvironment.id,
            _RESOURCE.kind == _DECLARED.kind,
            func.split_part(_RESOURCE.api_version, "/", 1) == _DECLARED.api_group,
        )
    )
    .correlate(models.AppEnvironment)
    .scalar_subquery()
)
_ITS_ACTIVE_OPERATION = and_(
    models.Operation.app_environment_id == models.AppEnvironment.id,
    models.Operation.state.in_([OperationState.QUEUED, OperationState.RUNNING]),
)
STATE = (
    select(
        models.AppEnvironment.namespace,
        models.AppEnvironment.last_release,
        _ITS_RESOURCES.label("resources"),
        models.Operation.id.label("active_operation"),
    )
    .select_from(models.AppEnvironment)
    .outerjoin(models.Operation, _ITS_ACTIVE_OPERATION)
    .where(models.AppEnvironment.id == bindparam("id"))
)

# Each application in each environment, with its row, its resources as [api_version, kind, name], its active operation,
# the name of the environment that it follows, and the declared kinds of its resources as [group, kind, declaration], if
# there are any. Built once, because nearly every request needs it.
_APP_ENVIRONMENTS: AppEnvironmentQuery = (
    select(
        models.Application,
        models.Environment,
        models.AppEnvironment,
        _ITS_RESOURCES,
        models.Operation.id,
        _FOLLOWED.name,
        _ITS_DECLARED_KINDS,
    )
    .select_from(models.Application)
    .join(models.Environment, true())
    .outerjoin(
        models.AppEnvironment,
        and_(
            models.AppEnvironment.application_id == models.Application.id,
            models.AppEnvironment.environment_id == models.Environment.id,
        ),
    )
    .outerjoin(
        models.Operation,
        _ITS_ACTIVE_OPERATION,
    )
    .outerjoin(_FOLLOWED, _FOLLOWED.id == models.AppEnvironment.follow_environment_id)
)
BY_NAMES = _APP_ENVIRONMENTS.where(
    func.lower(models.Application.name) == bindparam("application"),
    func.lower(models.Environment.name).in_(bindparam("environments", expanding=True)),
)
BY_IDS = _APP_ENVIRONMENTS.where(models.AppEnvironment.id.in_(bindparam("ids", expanding=True)))
OF_APPLICATIONS = _APP_ENVIRONMENTS.where(models.Application.id.in_(bindparam("applications", expanding=True)))


def app_environment_record(
    application: ApplicationRecord,
    environment: EnvironmentRecord,
    row: models.AppEnvironment | None,
    *,
    resources: tuple[ResourceId, ...],
    active_operation: str | None,
    followed: str | None,
    declared: DeclaredKinds,
) -> AppEnvironmentRecord:
    follow = _follow(row, followed)
    return AppEnvironmentRecord(
        id=row.id if row else None,
        application=application,
        environment=environment,
        namespace=row.namespace if row else None,
        deploy_mode=DeployMode.FOLLOW if follow else row.deploy_mode if row else environment.deploy_mode,
        pin=row.pin if row else environment.pin,
        image_policies=StoredPolicies.from_json(row.image_policies) if row else StoredPolicies(),
        consents=held_consents(row.consents) if row else (),
        image_deliveries=SetImageDeliveries.from_json(row.image_deliveries) if row and row.image_deliveries else None,
        git_folder=GitFolder.from_json(row.git_folder) if row and row.git_folder else None,
        automation=automation_of(row) if row else None,
        configured_at=row.configured_at if row else None,
        resources=resources,
        last_release=row.last_release if row else 0,
        active_operation=active_operation,
        follow=follow,
        declared=declared,
    )


def _follow(row: models.AppEnvironment | None, source: str | None) -> Follow | None:
    """None also where a process of the former release has set the mode to auto since."""
    if row is None or row.follow_environment_id is None or source is None or row.deploy_mode is not DeployMode.MANUAL:
        return None
    assert row.follow_terms is not None, "a CHECK constraint says so"
    return Follow(
        source=EnvironmentRef(id=row.follow_environment_id, name=source),
        terms=FollowTerms.from_json(row.follow_terms),
        standing=FollowStanding.from_json(row.follow_standing) if row.follow_standing is not None else None,
    )


def automation_of(row: Any) -> ActorRef | None:
    """Who switched automatic deploys on there, from its row; None where that is not known."""
    if row.automation_kind is None:
        return None
    return ActorRef(kind=row.automation_kind, id=row.automation_id, name=row.automation_name)


def resources_of(stored: list[tuple[str, str, str]]) -> tuple[ResourceId, ...]:
    records = [ResourceId.of(version, kind, name) for version, kind, name in stored]
    return tuple(sorted(records, key=lambda each: (each.kind.name, each.name)))


def declared_of(stored: list[tuple[str, str, dict[str, Any]]]) -> DeclaredKinds:
    if not stored:
        return NONE_DECLARED
    return DeclaredKinds(by_kind={(group, kind): Declaration.from_json(each) for group, kind, each in stored})
