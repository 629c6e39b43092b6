"""People are told once that an operation started, and once how it ended."""

import pytest

from domain.notification_types import NotificationType
from domain.notifications import ClusterOutcome
from domain.words import OperationState, Outcome
from services.engine.notifications import ended_type
from tests.support.actors import ANN
from tests.support.channels import make_channel, told
from tests.support.fake_workers import FAILED, TO_WATCH, only

STARTED = NotificationType.OPERATION_STARTED


async def test_an_operation_is_told_when_it_starts_and_when_it_ends(engine_stage, target):
    channel = await _channel_of(engine_stage, target)
    engine_stage.worker.applying = lambda _: TO_WATCH
    engine_stage.worker.watching = only("prod-us", FAILED)
    operation = await engine_stage.end_of(await engine_stage.start(target))
    started, ended = await told(engine_stage.database, channel)
    assert (started.type, ended.type) == (STARTED, NotificationType.OPERATION_FAILED)
    assert started.subject == ended.subject == f"operation/{operation.id}"
    there = target.app_environment
    assert (started.application, started.environment, started.by) == (
        there.application.name,
        there.environment.name,
        "ann",
    )
    assert (started.kind, started.by_kind) == (operation.kind, operation.actor_kind)
    assert ended.message == operation.message
    assert ended.clusters == (
        ClusterOutcome(name="prod-us", outcome=Outcome.FAILED, detail=operation.clusters[1].detail),
        ClusterOutcome(name="prod-eu", outcome=Outcome.SUCCEEDED),
    )


async def test_a_retry_is_told_as_a_new_attempt(engine_stage, target):
    channel = await _channel_of(engine_stage, target)
    engine_stage.worker.applying = only("prod-us", FAILED)
    operation_id = await engine_stage.start(target)
    await engine_stage.end_of(operation_id)
    engine_stage.worker.applying = only("nowhere", FAILED)
    await engine_stage.operations.retry(operation_id, actor=ANN)
    await engine_stage.end_of(operation_id)
    found = [(each.type.value, each.attempt) for each in await told(engine_stage.database, channel)]
    assert found == [
        ("operation.started", 1),
        ("operation.failed", 1),
        ("operation.started", 2),
        ("operation.succeeded", 2),
    ]


async def _channel_of(engine_stage, target):
    """A channel for this application alone: tests of the engine share a database."""
    application = target.app_environment.application
    return await make_channel(engine_stage.database, application.name, applications=[application.id])


GOOD, FAILURE, BACK = Outcome.SUCCEEDED, Outcome.FAILED, Outcome.ROLLED_BACK


@pytest.mark.parametrize(
    ("state", "outcomes", "told_as"),
    [
        (OperationState.SUCCEEDED, [GOOD, Outcome.UNCHANGED], NotificationType.OPERATION_SUCCEEDED),
        (OperationState.CANCELLED, [BACK, GOOD], NotificationType.OPERATION_CANCELLED),
        (OperationState.FAILED, [FAILURE], NotificationType.OPERATION_FAILED),
        (OperationState.FAILED, [Outcome.UNREACHABLE], NotificationType.OPERATION_FAILED),
        (OperationState.FAILED, [BACK, Outcome.SKIPPED, Outcome.UNCHANGED], NotificationType.OPERATION_ROLLED_BACK),
        (OperationState.FAILED, [BACK, FAILURE], NotificationType.OPERATION_FAILED),
        (OperationState.FAILED, [BACK, GOOD], NotificationType.OPERATION_FAILED),
        (OperationState.FAILED, [Outcome.SKIPPED], NotificationType.OPERATION_FAILED),
    ],
)
def test_rolled_back_is_what_left_its_former_images_everywhere(state, outcomes, told_as):
    assert ended_type(state, outcomes) is told_as
