"""Reads operations with the names of their app environments and with their clusters, by a filter."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import aliased, selectinload

from db import models
from db.bindings import visible
from db.records.operations import OperationClusterRecord, OperationRecord
from domain.rights import EVERYWHERE, ApplicationRef, EnvironmentRef, Scope
from domain.stored.pauses import StoredPause
from domain.stored.ring_runs import RingRuns
from domain.stored.rollouts import UndoImages, rollouts_from_json
from domain.words import OperationKind, OperationState


@dataclass(frozen=True, kw_only=True)
class OperationFilter:
    """None matches every operation. Names are compared without case; one of the `scopes` covers what it changes."""

    application: str | None = None
    environment: str | None = None
    kind: OperationKind | None = None
    state: OperationState | None = None
    since: datetime | None = None
    scopes: Collection[Scope] = (EVERYWHERE,)


@dataclass(frozen=True, kw_only=True)
class OperationPlace:
    """The application and environment that an operation changes, or changed: `gone` where either was deleted."""

    application: ApplicationRef
    environment: EnvironmentRef
    gone: bool


_Target = aliased(models.AppEnvironment)
_TargetEnvironment = aliased(models.Environment)
_Source = aliased(models.AppEnvironment)
_SourceEnvironment = aliased(models.Environment)


_Former = aliased(models.FormerAppEnvironment)
_FormerSource = aliased(models.FormerAppEnvironment)
_APPLICATION = func.coalesce(models.Application.name, _Former.application_name)
_ENVIRONMENT = func.coalesce(_TargetEnvironment.name, _Former.environment_name)
_SOURCE = func.coalesce(_SourceEnvironment.name, _FormerSource.environment_name)


def operations_with_names() -> Select[models.Operation, str, str, str]:
    """Operations with what `operation_record` needs: their clusters, and the names of their app environments.

    Of what was deleted, the names that it had then.
    """
    return (
        select(models.Operation, _APPLICATION, _ENVIRONMENT, _SOURCE)
        .outerjoin(_Target, _Target.id == models.Operation.app_environment_id)
        .outerjoin(models.Application, models.Application.id == _Target.application_id)
        .outerjoin(_TargetEnvironment, _TargetEnvironment.id == _Target.environment_id)
        .outerjoin(_Former, _Former.id == models.Operation.former_app_environment_id)
        .outerjoin(_Source, _Source.id == models.Operation.source_app_environment_id)
        .outerjoin(_SourceEnvironment, _SourceEnvironment.id == _Source.environment_id)
        .outerjoin(_FormerSource, _FormerSource.id == models.Operation.former_source_app_environment_id)
        .options(selectinload(models.Operation.clusters))
    )


def places() -> Select[str, str, dict[str, str], str, str, bool]:
    """Of operations: id, name and labels of the application, id and name of the environment, whether they are gone."""
    return (
        select(
            func.coalesce(models.Application.id, _Former.application_id),
            _APPLICATION,
            func.coalesce(models.Application.labels, _Former.application_labels),
            func.coalesce(_TargetEnvironment.id, _Former.environment_id),
            _ENVIRONMENT,
            _Former.id.is_not(None),
        )
        .select_from(models.Operation)
        .outerjoin(_Target, _Target.id == models.Operation.app_environment_id)
        .outerjoin(models.Application, models.Application.id == _Target.application_id)
        .outerjoin(_TargetEnvironment, _TargetEnvironment.id == _Target.environment_id)
        .outerjoin(_Former, _Former.id == models.Operation.former_app_environment_id)
    )


def filter_conditions(matching: OperationFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on the query of `operations_with_names`."""
    conditions: list[ColumnElement[bool]] = [
        or_(
            and_(models.Application.id.is_not(None), visible(matching.scopes, _TargetEnvironment.id)),
            and_(_Former.id.is_not(None), or_(false(), *map(_covers_former, matching.scopes))),
        )
    ]
    if matching.application is not None:
        conditions.append(func.lower(_APPLICATION) == matching.application.lower())
    if matching.environment is not None:
        conditions.append(func.lower(_ENVIRONMENT) == matching.environment.lower())
    if matching.kind is not None:
        conditions.append(models.Operation.kind == matching.kind)
    if matching.state is not None:
        conditions.append(models.Operation.state == matching.state)
    if matching.since is not None:
        conditions.append(models.Operation.created_at >= matching.since)
    return conditions


def _covers_former(scope: Scope) -> ColumnElement[bool]:
    """Who saw it sees its history: by its id, by the labels that it had last, and by the environment's id."""
    condition: ColumnElement[bool] = true()
    if scope.applications is not None:
        condition = and_(condition, _Former.application_id.in_(sorted(scope.applications)))
    if scope.labels:
        condition = and_(condition, _Former.application_labels.contains(dict(scope.labels)))
    if scope.environments is not None:
        condition = and_(condition, _Former.environment_id.in_(sorted(scope.environments)))
    return condition


def operation_record(
    row: models.Operation, application: str, environment: str, source_environment: str | None
) -> OperationRecord:
    """The record of a row of `operations_with_names`. Raises `UnknownVersionError` where a newer release wrote it."""
    return OperationRecord(
        id=row.id,
        kind=row.kind,
        state=row.state,
        app_environment_id=row.app_environment_id or row.former_app_environment_id or "",
        application=application,
        environment=environment,
        source_app_environment_id=row.source_app_environment_id or row.former_source_app_environment_id,
        source_environment=source_environment,
        actor=row.actor,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        token_id=row.token_id,
        plan_digest=row.plan_digest,
        on_failure=row.on_failure,
        secret_names=tuple(row.secret_names),
        attempt=row.attempt,
        waves=row.waves,
        last_event=row.last_event,
        cancel_requested_at=row.cancel_requested_at,
        cancelled_by=row.cancelled_by,
        clusters=tuple(_cluster_record(each) for each in row.clusters),
        message=row.message,
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        idempotency_fingerprint=row.idempotency_fingerprint,
        reason=row.reason,
        pause=None if row.pause is None else StoredPause.from_json(row.pause),
        rings=None if row.rings is None else RingRuns.from_json(row.rings),
        downgrade=row.downgrade,
        promotion_set=row.promotion_set_id,
        set_stage=row.set_stage,
    )


def _cluster_record(row: models.OperationCluster) -> OperationClusterRecord:
    return OperationClusterRecord(
        cluster_id=row.cluster_id,
        cluster_name=row.cluster_name,
        position=row.position,
        wave=row.wave,
        phase=row.phase,
        outcome=row.outcome,
        code=row.code,
        detail=row.detail,
        resource=row.resource,
        undo=None if row.before is None else UndoImages.from_json(row.before),
        expected=None if row.expected is None else rollouts_from_json(row.expected),
        started_at=row.started_at,
        ended_at=row.ended_at,
        catch_up=row.catch_up,
    )
