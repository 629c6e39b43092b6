"""What automation retries by itself, it retries with the rights of whoever switched automatic deploys on."""

from typing import Any, cast

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.grants import Actor
from domain.words import DeployMode, OperationKind, OperationState
from services.changes.deploying import Deploying
from services.changes.operations import Operations
from services.limits import Limits
from services.pushes.automation.auto_deploy import AutoDeploy
from tests.support.actors import ANN
from tests.support.rows import make_operation, make_target


class _Operations:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.retried = 0

    async def stored(self, operation_id: str) -> Any:
        async with self._database.read() as tx:
            return await tx.operations.detail(operation_id)

    async def retry(self, operation_id: str, *, actor: Actor) -> None:
        del operation_id, actor
        self.retried += 1


class _Answering(AutoDeploy):
    async def _any_answers(self, clusters: object) -> bool:
        del clusters
        return True


@pytest.mark.parametrize(
    ("by", "retried"),
    [
        (ActorRef(kind=ActorKind.SYSTEM, id="command line", name="command line"), 1),
        (ActorRef(kind=ActorKind.PERSON, id=ANN.caller.ref.id, name="gone"), 0),
    ],
)
async def test_nothing_is_retried_once_whoever_switched_it_on_has_lost_the_right(
    database: Database, by: ActorRef, retried: int
):
    target = await make_target(database)
    record = target.app_environment
    operation_id = await make_operation(database, target, kind=OperationKind.PROMOTION)
    async with database.begin() as tx:
        await tx.operation_lifecycle.end(operation_id, state=OperationState.FAILED, message="unreachable")
        await tx.app_environments.change(
            record.application.id, record.environment.id, deploy_mode=DeployMode.AUTO, automation=by
        )
    operations = _Operations(database)
    auto = _Answering(database, cast("Any", None), cast("Deploying", None), cast("Operations", operations), Limits())
    await auto.retry(operation_id)
    assert operations.retried == retried
