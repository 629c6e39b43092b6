"""Plans what was proposed again, as whoever filed it and with the rights that they have now.

What would be done now has to be what people have voted on: otherwise the proposal is void.
"""

from dataclasses import replace

from db.records.proposals import ProposalRecord, ProposedMember
from db.transaction import Database
from domain.actors import ActorKind, Origin, Via
from domain.grants import Actor, Caller
from domain.rights import Right
from domain.secret_text import SecretValues
from domain.stored.brought import with_secrets
from domain.stored.requests import CopyRequest, DeployRequest, PromotionRequest
from domain.words import OperationKind
from services.changes.configuring import Configuring
from services.changes.deploying import Deploying
from services.changes.errors import PlanOutdatedError
from services.changes.importing import Importing
from services.changes.new_operations import Prepared
from services.changes.new_sets import NewSet
from services.changes.promoting import Promoting
from services.changes.promotion_sets import PromotionSetRequest, PromotionSets
from services.errors import (
    ForbiddenError,
    InvalidRequestError,
    NamespaceNotGivenError,
    NotConfiguredError,
    NotFoundError,
)
from services.people.automation import holdings_now
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.sets.plan import SetPlan

_COPIES = (OperationKind.IMPORT, OperationKind.CONFIGURE)
# What is not so any more; of rights, those on a source.
_GONE = (ForbiddenError, NotFoundError, NotConfiguredError, NamespaceNotGivenError, InvalidRequestError)


class VoidError(Exception):
    """What was proposed cannot be done any more; the text says why, for people."""


class ProposedAgain:
    """Plans proposals again."""

    def __init__(
        self,
        db: Database,
        *,
        promoting: Promoting,
        sets: PromotionSets,
        deploying: Deploying,
        importing: Importing,
        configuring: Configuring,
    ) -> None:
        self._db = db
        self._promoting = promoting
        self._sets = sets
        self._deploying = deploying
        self._importing = importing
        self._configuring = configuring

    async def prepare(self, proposal: ProposalRecord, origin: Origin) -> Prepared | NewSet:
        """The change as it would be made now. Raises `VoidError`, and what may pass: clusters away, a blocked plan."""
        async with self._db.read() as tx:
            holdings = await holdings_now(tx, proposal.switched_on_by or proposal.requested_by)
            secrets = await tx.proposals.secrets(proposal.id)
        asker = Actor(
            caller=Caller(ref=proposal.requested_by, origin=Origin(via=Via.AUTOMATION, request_id=origin.request_id)),
            holdings=holdings,
        )
        right = Right.MAINTAIN if proposal.kind in _COPIES else Right.PROMOTE
        for each in proposal.members:
            if not holdings.allow(right, application=each.application, environment=proposal.environment):
                raise VoidError(_without_right(proposal, each))
        try:
            prepared = await self._planned(proposal, secrets, asker)
        except PlanOutdatedError as outdated:
            by_itself = proposal.requested_by.kind is ActorKind.AUTOMATION
            again = "Its images are proposed again." if by_itself else "Look at it, and file it again."
            raise VoidError(f"{_why_outdated(proposal, outdated)} {again}") from None
        except _GONE as gone:
            raise VoidError(f"It cannot be done any more. {gone.detail}") from None
        if _places(prepared) != {each.app_environment_id for each in proposal.members}:
            raise VoidError("Its environments have been renamed since it was filed. File it again.")
        return prepared

    async def _planned(
        self, proposal: ProposalRecord, secrets: dict[str, SecretValues], asker: Actor
    ) -> Prepared | NewSet:
        if proposal.set is not None:
            request = _set_request(proposal, secrets)
            return replace(await self._sets.prepare(request, actor=asker), group=proposal.set.group)
        return await self._operation(proposal, secrets.get(proposal.sole.app_environment_id, {}), asker)

    async def _operation(self, proposal: ProposalRecord, secrets: SecretValues, asker: Actor) -> Prepared:
        where = {"application": proposal.sole.application.name, "environment": proposal.environment.name}
        stored, digest = proposal.sole.spec.request, proposal.plan_digest
        match stored:
            case CopyRequest():
                copies = self._importing if proposal.kind is OperationKind.IMPORT else self._configuring
                return await copies.prepare_again(
                    **where, request=stored, secrets=secrets, plan_digest=digest, actor=asker
                )
            case DeployRequest() if proposal.image_pushes:
                return await self._pushes(proposal, stored, asker)
            case DeployRequest():  # the containers that were found to run the image, if one image was named
                bring = with_secrets(stored.bring, secrets)
                deploy = replace(stored, image=None, plan_digest=digest, bring=bring)
                application, environment = where["application"], where["environment"]
                return await self._deploying.prepare(application, environment, deploy, actor=asker)
            case PromotionRequest():
                promotion = replace(stored, plan_digest=digest, bring=with_secrets(stored.bring, secrets))
                return await self._promoting.prepare(where["application"], promotion, actor=asker)
            case _:
                raise AssertionError("rolling back takes no proposal")

    async def _pushes(self, proposal: ProposalRecord, stored: DeployRequest, asker: Actor) -> Prepared:
        """What automation has filed: queued only if all of its pushes are still pending."""
        async with self._db.read() as tx:
            target = await tx.app_environments.get(proposal.sole.app_environment_id)
        if target is None:
            raise NotFoundError("proposal", proposal.id)
        prepared = await self._deploying.prepare_pushes(
            target,
            stored.images,
            image_pushes=proposal.image_pushes,
            actor=asker,
            plan_digest=proposal.plan_digest,
        )
        if isinstance(prepared, PromotionPlan):
            raise VoidError("Its images run there already.")
        return Prepared(new=prepared)


def _set_request(proposal: ProposalRecord, secrets: dict[str, SecretValues]) -> PromotionSetRequest:
    """The request of the set: its applications are those that were proposed, whatever their group has by now."""
    assert proposal.set is not None, "it is called for sets"
    requests = [(each, each.spec.request) for each in proposal.members]
    promotions = [(each, request) for each, request in requests if isinstance(request, PromotionRequest)]
    _, first = promotions[0]
    return PromotionSetRequest(
        source_environment=first.source_environment,
        target_environment=first.target_environment,
        applications=tuple(each.application.name for each, _ in promotions),
        order=proposal.set.order,
        source_cluster=first.source_cluster,
        strategy=first.strategy,
        plan_digest=proposal.plan_digest,
        allow=first.allow,
        bring={
            each.application.name: with_secrets(request.bring, secrets.get(each.app_environment_id, {}))
            for each, request in promotions
        },
        leave_out={each.application.name: request.leave_out for each, request in promotions},
        restart=tuple(each.application.name for each, request in promotions if request.restart),
    )


def _why_outdated(proposal: ProposalRecord, outdated: PlanOutdatedError) -> str:
    """Of a set, which of its applications has another plan."""
    now = outdated.plan
    if not isinstance(now, SetPlan):
        return f"The plan has changed since it was filed: it is {now.digest} now."
    planned = {each.application: each.plan.digest for each in now.members}
    changed = [
        f"'{each.application.name}'"
        for each in proposal.members
        if planned.get(each.application.name) != each.plan_digest
    ]
    what = f"The plan of {', '.join(changed)} has changed" if changed else "An application of it was deleted"
    return f"{what} since it was filed: the plan of the set is {now.digest} now."


def _places(prepared: Prepared | NewSet) -> set[str | None]:
    if isinstance(prepared, NewSet):
        return {member.app_environment.id for member, _ in prepared.members}
    return {prepared.new.app_environment.id}


def _without_right(proposal: ProposalRecord, member: ProposedMember) -> str:
    if proposal.switched_on_by is not None:
        what = "automatic deploys" if proposal.image_pushes else "automatic promotions"
        return f"'{proposal.switched_on_by.name}' switched {what} on there, and may not deploy any more."
    where = f" in '{member.application.name}'" if proposal.set is not None else ""
    return f"'{proposal.requested_by.name}', who filed it, may not start it{where} any more."
