"""Deploys pending image pushes to app environments on `auto`: each once, one operation at a time in each.

Where that takes approvals, it proposes them: one proposal waits in each at most.

One transaction queues the operation and assigns the pushes to it. A process that is killed before leaves them pending;
one that is killed after leaves an operation, which the engine executes.
"""

import contextlib

import structlog

from db.records.images import VerdictRecord
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database, Transaction
from db.verdicts import NewVerdict
from domain.image_references import parse_image
from domain.images import ContainerImage, Image
from domain.notification_values import Concerns
from domain.notifications import AutomationBlocked
from domain.rights import Right
from domain.words import DeployMode, OperationKind, Verdict
from services.changes.deploying import Deploying, NoClusterAnswersError
from services.changes.errors import problem_of
from services.changes.filing import ApprovalNotRequiredError
from services.changes.new_operations import ImagePushesTakenError, NewOperation
from services.changes.operations import Operations
from services.changes.push_proposals import file_pushes, is_settled
from services.errors import OperationUnderwayError, StagecoachError
from services.kube.gateway import Clusters
from services.people.access import automation_actor
from services.people.approvals import ApprovalRequiredError, policy_for
from services.people.automation import may_now
from services.people.gates import GateClosedError
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.policies.push_decision import RUNS, decide_after_switch
from services.planning.policies.values import PushDecision
from services.pushes.judging import PoliciesUnreadableError, deployable, lock_and_judge, push_facts

AUTOMATION_WITHOUT_RIGHT = "automation-without-right"
_log = structlog.get_logger(__name__)


class AutoDeploy:
    """Starts deployments of image pushes."""

    def __init__(self, db: Database, clusters: Clusters, deploying: Deploying, operations: Operations) -> None:
        self._db = db
        self._clusters = clusters
        self._deploying = deploying
        self._operations = operations

    async def roll_out(self, target_id: str) -> bool:
        """Deploy the newest pending push of each container. False if no cluster answers: try again later."""
        async with self._db.begin() as tx:
            judged = await lock_and_judge(tx, target_id)
            if judged is None or not judged[1].next or await _is_proposed(tx, *judged):
                return False  # so that the queue backs off, should its pushes stay pending
            if judged[0].active_operation is not None:
                return True
        return await self._start(*judged)

    async def try_blocked(self, target_id: str) -> bool:
        """Plan blocked pushes again: a person may have solved the problem outside Stagecoach, as by resuming a rollout.

        False if the problems remain.
        """
        async with self._db.read() as tx:
            target = await tx.app_environments.get(target_id)
            if target is None or not target.configured or target.deploy_mode is not DeployMode.AUTO:
                return True
            if target.active_operation is not None:
                return False
            try:
                facts, _ = deployable(target, await push_facts(tx, target))
            except PoliciesUnreadableError:
                return True  # its pushes are refused with that reason; saving the policies judges them anew
            decision = decide_after_switch(facts)
            proposed = await _is_proposed(tx, target, decision)
        return proposed or not decision.next or (await self._start(target, decision, again=True))

    async def _start(self, target: AppEnvironmentRecord, decision: PushDecision, *, again: bool = False) -> bool:
        """Queue the operation. False: try again later. `again`: these pushes are blocked already."""
        async with self._db.read() as tx:
            receiver = await tx.deliveries.reported_by(decision.pushes[-1])
            lost = await _lost_right(tx, target)
        if lost is not None:
            await self._block(target, decision, (AUTOMATION_WITHOUT_RIGHT, lost))
            return not again
        actor = automation_actor(f"receiver {receiver}" if receiver else "poll")
        images = tuple(
            ContainerImage(
                workload=each.container.workload, container=each.container.container, image=Image.of(each.image)
            )
            for each in decision.next
        )
        try:
            new = await self._deploying.prepare_pushes(target, images, image_pushes=decision.pushes, actor=actor)
            if isinstance(new, PromotionPlan):
                async with self._db.begin() as tx:
                    await _settle(tx, target, decision, Verdict.UNCHANGED, (RUNS, _why_unchanged(new)))
            else:
                await self._start_or_propose(new)
        except (ImagePushesTakenError, OperationUnderwayError):
            return True  # another operation came first; when it ends, the worker judges what still waits
        except GateClosedError:
            return not again  # they stay pending: the worker comes again when no gate is closed, with the newest
        except NoClusterAnswersError:
            for cluster in target.environment.clusters:
                self._clusters.allow_probe(cluster.id)  # the breaker must not refuse the next attempt
            return False
        except StagecoachError as error:
            await self._block(target, decision, problem_of(error))
            return not again
        return True

    async def _start_or_propose(self, new: NewOperation) -> None:
        """Start it; where it takes approvals, propose it. Raises what starting raises."""
        try:
            started = await self._operations.start(new)
        except ApprovalRequiredError:
            with contextlib.suppress(ApprovalNotRequiredError):  # its policy was deleted: that wakes the worker
                if await file_pushes(self._db, new):
                    _log.info("proposing what was pushed", pushes=list(new.image_pushes))
        else:
            _log.info("deploying what was pushed", operation=started.id, pushes=list(new.image_pushes))

    async def _block(self, target: AppEnvironmentRecord, decision: PushDecision, why: tuple[str, str]) -> None:
        """Have them wait until the problem is solved, and tell people of a problem that is new."""
        code, reason = why
        async with self._db.begin() as tx:
            before = await _settle(tx, target, decision, Verdict.BLOCKED, why)
            if any((each.verdict, each.code) != (Verdict.BLOCKED, code) for each in before):
                images = dict.fromkeys(parse_image(each.image).tagged for each in decision.next)
                await tx.outbox.add(
                    AutomationBlocked(
                        concerns=Concerns(app_environment=target.id),
                        application=target.application.name,
                        environment=target.environment.name,
                        code=code,
                        detail=reason,
                        images=tuple(images),
                    )
                )


async def _settle(
    tx: Transaction, target: AppEnvironmentRecord, decision: PushDecision, verdict: Verdict, why: tuple[str, str]
) -> tuple[VerdictRecord, ...]:
    """Write this verdict, with its code and reason, on the pushes that were to be deployed, if they still wait.

    Returns their former ones.
    """
    assert target.id is not None
    code, reason = why
    await tx.app_environments.lock(target.id)
    still = await tx.verdicts.of(target.id, decision.pushes)
    waiting = tuple(each for each in still.values() if each.verdict in {Verdict.PENDING, Verdict.BLOCKED})
    await tx.verdicts.judge(
        target.id,
        [
            NewVerdict(push=prior.push, verdict=verdict, code=code, reason=reason, containers=prior.containers)
            for prior in waiting
            if (prior.verdict, prior.code, prior.reason) != (verdict, code, reason)
        ],
    )
    return waiting


async def _is_proposed(tx: Transaction, target: AppEnvironmentRecord, decision: PushDecision) -> bool:
    """Whether these pushes take approvals, and people were asked for them."""
    assert target.id is not None
    policy = await policy_for(tx, target.environment.id, OperationKind.DEPLOY)
    return policy is not None and await is_settled(tx, target.id, decision.pushes)


async def _lost_right(tx: Transaction, target: AppEnvironmentRecord) -> str | None:
    """Why nothing may be deployed automatically: who switched it on may promote here no more. None where they may."""
    by = target.automation
    if by is None:
        return None
    if await may_now(tx, by, Right.PROMOTE, target):
        return None
    return (
        f"'{by.name}' switched automatic deploys on here and no longer has the right 'promote' on "
        f"'{target.application.name}' in '{target.environment.name}'. Somebody who has it can set the deploy mode to "
        "auto again."
    )


def _why_unchanged(plan: PromotionPlan) -> str:
    moved = next((each for each in plan.all_problems if each.code == "tag-moved"), None)
    return moved.detail if moved is not None else "It runs here already."
