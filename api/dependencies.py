"""The types of route parameters: services of the container, names in the path, headers."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Path, Request

from api.authentication import container_of
from api.container import Container
from api.schemas.base import NAME_PATTERN
from db.feeds import Feed
from services.changes.accepting import Accepting
from services.changes.adopting import Adopting
from services.changes.catching_up import CatchingUp
from services.changes.configuring import Configuring
from services.changes.deploying import Deploying
from services.changes.importing import Importing
from services.changes.levelling import Levelling
from services.changes.operations import Operations
from services.changes.paused import PausedOperations
from services.changes.promoting import Promoting
from services.changes.promotion_sets import PromotionSets
from services.changes.proposing import Proposing
from services.changes.repairing_ownership import RepairingOwnership
from services.changes.restarting import Restarting
from services.changes.rolling_back import RollingBack
from services.changes.set_decisions import SetDecisions
from services.changes.set_reading import SetReading
from services.changes.strategy_preview import StrategyPreview
from services.inventory.application_groups import ApplicationGroups
from services.inventory.applications import Applications
from services.inventory.argocd_places import ArgoCdPlaces
from services.inventory.clusters import ClusterRegistry
from services.inventory.declared_kinds import DeclaredKindService
from services.inventory.environments import Environments
from services.inventory.expected_differences import ExpectedDifferences
from services.inventory.git_repositories import StoredGitRepositories
from services.inventory.releases import Releases
from services.notifying.channels import Channels
from services.notifying.routing import NotificationRoutes
from services.people.access import Access
from services.people.approvals import ApprovalPolicies
from services.people.audit_reading import AuditReading
from services.people.bindings import Bindings
from services.people.closed_gates import ClosedGates
from services.people.exchanging import TokenExchange
from services.people.freezing import Freezing
from services.people.holding import Holding, Stopping
from services.people.service_accounts import ServiceAccounts
from services.people.sessions import Sessions
from services.people.signing_in import SigningIn
from services.people.tokens import PersonalTokens
from services.people.trusts import Trusts
from services.pushes.image_policies import ImagePolicyService
from services.pushes.images import Images
from services.pushes.receiver_trial import ReceiverTrial
from services.pushes.receivers import Receivers
from services.pushes.receiving import Receiving
from services.pushes.registries import Polls, Registries
from services.reading.change_feed import ChangeFeed
from services.reading.comparing import Comparing
from services.reading.drift import Drift
from services.reading.matrix import MatrixReader
from services.reading.namespace_contents import ResourceBrowser
from services.reading.overview import Overview
from services.reading.permissions import Permissions
from services.reading.timeline import Timeline

Service = TypeVar("Service")


def _taken(take: Callable[[Container], Service]) -> Callable[[Request], Awaitable[Service]]:
    async def dependency(
        request: Request,
    ) -> Service:  # not by another dependency: each costs as much as a small answer
        return take(await container_of(request))

    return dependency


BindingsDep = Annotated[Bindings, Depends(_taken(lambda c: c.bindings))]
AccessDep = Annotated[Access, Depends(_taken(lambda c: c.access))]
PermissionsDep = Annotated[Permissions, Depends(_taken(lambda c: c.permissions))]
PersonalTokensDep = Annotated[PersonalTokens, Depends(_taken(lambda c: c.personal_tokens))]
ServiceAccountsDep = Annotated[ServiceAccounts, Depends(_taken(lambda c: c.service_accounts))]
TrustsDep = Annotated[Trusts, Depends(_taken(lambda c: c.trusts))]
ExchangeDep = Annotated[TokenExchange, Depends(_taken(lambda c: c.exchange))]
AuditDep = Annotated[AuditReading, Depends(_taken(lambda c: c.audit))]
SigningInDep = Annotated[SigningIn, Depends(_taken(lambda c: c.signing_in))]
SessionsDep = Annotated[Sessions, Depends(_taken(lambda c: c.sessions))]
ClustersDep = Annotated[ClusterRegistry, Depends(_taken(lambda c: c.clusters))]
ArgoCdPlacesDep = Annotated[ArgoCdPlaces, Depends(_taken(lambda c: c.argocd_places))]
EnvironmentsDep = Annotated[Environments, Depends(_taken(lambda c: c.environments))]
ApplicationsDep = Annotated[Applications, Depends(_taken(lambda c: c.applications))]
ChangeFeedDep = Annotated[ChangeFeed, Depends(_taken(lambda c: c.changes))]
RightsFeedDep = Annotated[Feed, Depends(_taken(lambda c: c.rights))]
OverviewDep = Annotated[Overview, Depends(_taken(lambda c: c.overview))]
MatrixDep = Annotated[MatrixReader, Depends(_taken(lambda c: c.matrix))]
AcceptingDep = Annotated[Accepting, Depends(_taken(lambda c: c.accepting))]
AdoptingDep = Annotated[Adopting, Depends(_taken(lambda c: c.adopting))]
ConfiguringDep = Annotated[Configuring, Depends(_taken(lambda c: c.configuring))]
ImportingDep = Annotated[Importing, Depends(_taken(lambda c: c.importing))]
ResourcesDep = Annotated[ResourceBrowser, Depends(_taken(lambda c: c.resources))]
ComparingDep = Annotated[Comparing, Depends(_taken(lambda c: c.comparing))]
ExpectedDifferencesDep = Annotated[ExpectedDifferences, Depends(_taken(lambda c: c.expected_differences))]
PromotingDep = Annotated[Promoting, Depends(_taken(lambda c: c.promoting))]
CatchingUpDep = Annotated[CatchingUp, Depends(_taken(lambda c: c.catching_up))]
DeployingDep = Annotated[Deploying, Depends(_taken(lambda c: c.deploying))]
LevellingDep = Annotated[Levelling, Depends(_taken(lambda c: c.levelling))]
PromotionSetsDep = Annotated[PromotionSets, Depends(_taken(lambda c: c.promotion_sets))]
SetReadingDep = Annotated[SetReading, Depends(_taken(lambda c: c.set_reading))]
SetDecisionsDep = Annotated[SetDecisions, Depends(_taken(lambda c: c.set_decisions))]
ApplicationGroupsDep = Annotated[ApplicationGroups, Depends(_taken(lambda c: c.application_groups))]
StrategyPreviewDep = Annotated[StrategyPreview, Depends(_taken(lambda c: c.strategy_preview))]
RestartingDep = Annotated[Restarting, Depends(_taken(lambda c: c.restarting))]
RollingBackDep = Annotated[RollingBack, Depends(_taken(lambda c: c.rolling_back))]
RepairingOwnershipDep = Annotated[RepairingOwnership, Depends(_taken(lambda c: c.repairing_ownership))]
ReleasesDep = Annotated[Releases, Depends(_taken(lambda c: c.releases))]
ReceiversDep = Annotated[Receivers, Depends(_taken(lambda c: c.receivers))]
ReceivingDep = Annotated[Receiving, Depends(_taken(lambda c: c.receiving))]
ReceiverTrialDep = Annotated[ReceiverTrial, Depends(_taken(lambda c: c.receiver_trial))]
ChannelsDep = Annotated[Channels, Depends(_taken(lambda c: c.channels))]
NotificationRoutesDep = Annotated[NotificationRoutes, Depends(_taken(lambda c: c.notification_routes))]
RegistriesDep = Annotated[Registries, Depends(_taken(lambda c: c.registries))]
DeclaredKindsDep = Annotated[DeclaredKindService, Depends(_taken(lambda c: c.declared_kinds))]
GitRepositoriesDep = Annotated[StoredGitRepositories, Depends(_taken(lambda c: c.git_repositories))]
PollsDep = Annotated[Polls, Depends(_taken(lambda c: c.polls))]
ImagesDep = Annotated[Images, Depends(_taken(lambda c: c.images))]
ImagePoliciesDep = Annotated[ImagePolicyService, Depends(_taken(lambda c: c.image_policies))]
FreezingDep = Annotated[Freezing, Depends(_taken(lambda c: c.freezing))]
DriftDep = Annotated[Drift, Depends(_taken(lambda c: c.drift))]
TimelineDep = Annotated[Timeline, Depends(_taken(lambda c: c.timeline))]
ClosedGatesDep = Annotated[ClosedGates, Depends(_taken(lambda c: c.closed_gates))]
HoldingDep = Annotated[Holding, Depends(_taken(lambda c: c.holding))]
StoppingDep = Annotated[Stopping, Depends(_taken(lambda c: c.stopping))]
ApprovalPoliciesDep = Annotated[ApprovalPolicies, Depends(_taken(lambda c: c.approval_policies))]
ProposingDep = Annotated[Proposing, Depends(_taken(lambda c: c.proposing))]
PausedOperationsDep = Annotated[PausedOperations, Depends(_taken(lambda c: c.paused))]
OperationsDep = Annotated[Operations, Depends(_taken(lambda c: c.operations))]


def _named(what: str) -> object:
    return Path(pattern=NAME_PATTERN, max_length=63, description=f"The name of the {what}; case does not matter.")


ClusterPath = Annotated[str, _named("cluster")]
EnvironmentPath = Annotated[str, _named("environment")]
ApplicationPath = Annotated[str, _named("application")]
IdPath = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        examples=["0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"],
    ),
]


IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A caller that repeats a request with the same key gets the first request's operation.",
    ),
]
