"""The start of a promotion set: the transaction that queues it with all its members, all locks or none."""

from dataclasses import replace

from db.errors import ActiveOperationError, RepeatedRequestError
from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import Actor, Caller
from services.changes.approved import approve_set, cast_last, require_approved, settle
from services.changes.new_operations import IdempotencyKey, NewOperation, queue
from services.changes.new_sets import NewSet
from services.changes.operations import Operations
from services.errors import IdempotencyMismatchError, NotFoundError, OperationUnderwayError
from services.people.approvals import ApprovalRequiredError
from services.people.gates import GateClosedError, change_of, require_open
from services.reading.given_namespaces import require_given


class SetStarter:
    """Starts promotion sets."""

    def __init__(self, db: Database, operations: Operations) -> None:
        self._db = db
        self._operations = operations

    async def known(self, actor: Actor, idempotency: IdempotencyKey | None) -> PromotionSetRecord | None:
        """The set that an earlier sending of this request started, if any. Raises `IdempotencyMismatchError`."""
        keyed = self._operations.keyed(idempotency)
        return await self._known(actor.caller, keyed) if keyed is not None else None

    async def start(self, new: NewSet) -> PromotionSetRecord:
        """Queue it with its members and start its execution. A repeated request returns the set of the first one.

        Raises `OperationUnderwayError`, `IdempotencyMismatchError`, `NamespaceNotGivenError`, `GateClosedError`,
        `ApprovalRequiredError`, each with the application that it is about; with a last vote, what `cast_last` raises.
        """
        for member, _ in new.members:
            require_given(member.app_environment, member.spec.plan.leaves.namespace)
        return await self._operations.shielded(self._start(new))

    async def _start(self, new: NewSet) -> PromotionSetRecord:
        keyed = self._operations.keyed(new.idempotency)
        try:
            async with self._db.begin() as tx:
                set_id = await _queue(tx, new, keyed)
        except RepeatedRequestError:
            assert keyed is not None
            known = await self._known(new.caller, keyed)
            assert known is not None
            return known
        await self._operations.execute_set(set_id, attempt=1)
        async with self._db.read() as tx:
            found = await tx.promotion_sets.get(set_id)
        if found is None:
            raise NotFoundError("promotion set", set_id)
        return found

    async def _known(self, caller: Caller, keyed: IdempotencyKey) -> PromotionSetRecord | None:
        async with self._db.read() as tx:
            known = await tx.promotion_sets.repeated(caller.ref, keyed.key)
        if known is not None and known.idempotency_fingerprint != keyed.fingerprint:
            raise IdempotencyMismatchError(
                "The same idempotency key was sent with another request before. Use a new key for a new request.",
                operation=None,
            )
        return known


async def _queue(tx: Transaction, new: NewSet, keyed: IdempotencyKey | None) -> str:
    """The rows of the set and of its members. Always in the same order, so that two sets never wait for each other."""
    plan = new.plan
    # First, as whoever votes without starting anything locks the same rows.
    proposal = await cast_last(tx, new.last_vote) if new.last_vote is not None else None
    set_id = await tx.promotion_sets.add(
        kind=plan.kind,
        source_environment=plan.source_environment,
        environment=plan.target_environment,
        group=new.group,
        order=plan.order,
        takes_back=new.takes_back,
        plan_digest=plan.digest,
        actor=new.caller.ref,
        token_id=new.caller.token_id,
        idempotency=(keyed.key, keyed.fingerprint) if keyed is not None else None,
    )
    await tx.audit.add(_audited(new, set_id))
    for member, stage in sorted(new.members, key=lambda each: each[0].app_environment.id or ""):
        await _queue_member(tx, replace(member, member_of=(set_id, stage)), approved=proposal is not None)
    if proposal is not None and new.last_vote is not None:
        await approve_set(tx, proposal, new.last_vote, set_id)
    return set_id


async def _queue_member(tx: Transaction, new: NewOperation, *, approved: bool) -> None:
    name, place = new.app_environment.application.name, new.app_environment.environment.name
    change = change_of(
        new.app_environment, new.kind, actor=new.caller.ref.kind, reason=new.reason, cluster_ids=new.written
    )
    try:
        await require_open(tx, change)
        if not approved:
            await require_approved(tx, new)
        operation = await queue(tx, new)
    except ActiveOperationError as active:
        raise OperationUnderwayError(
            f"Nothing was started, because another operation is under way for '{name}' in '{place}'. Wait for its end, "
            "or leave the application out.",
            operation=active.operation_id,
        ) from None
    except ApprovalRequiredError as required:
        raise ApprovalRequiredError(
            f"Nothing was started, because '{name}' takes approvals: {required.gates[0].reason} Propose the set (POST "
            "/api/v1/proposals): the last vote on it starts all of it.",
            gates=required.gates,
        ) from None
    except GateClosedError as closed:
        raise GateClosedError(
            f"Nothing was started, because of '{name}': {closed.detail}", gates=closed.gates
        ) from None
    await settle(tx, new, operation)


def _audited(new: NewSet, set_id: str) -> AuditEntry:
    environment = new.members[0][0].app_environment.environment
    after = {
        "kind": new.plan.kind.value,
        "plan_digest": new.plan.digest,
        "order": new.plan.order.value,
        "applications": [each.application for each in new.plan.members],
        "source": new.plan.source_environment,
        **({"group": new.group} if new.group else {}),
        **({"takes_back": new.takes_back} if new.takes_back else {}),
    }
    return AuditEntry.by(
        new.caller,
        "promotion-set.queued",
        Target(kind="promotion-set", id=set_id, name=new.plan.kind.value),
        Target(kind="environment", id=environment.id, name=environment.name),
        environment_id=environment.id,
        after=after,
    )
