"""The composition root: everything that lives as long as the process, built once from the settings and closed again.

Settings become plain arguments here; nothing below reads the environment.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api import allocator
from api.address_policies import (
    channel_addresses,
    check_addresses,
    git_addresses,
    issuer_addresses,
    kubeconfig_rules,
    registry_addresses,
)
from api.audit_outputs import open_audit_loop
from api.databases import open_database
from api.hand_overs import deliveries_by, git_changes_by
from api.live_feeds import open_live_feeds
from api.openid_providers import open_signing_in
from api.schemas.overview import matrix_json, overview_json, row_json
from api.settings import Settings
from db.events import Notifier
from db.feeds import Feed
from db.migrate import is_current
from db.transaction import Database
from domain.words import OperationKind
from services.changes.accepting import Accepting
from services.changes.adopting import Adopting
from services.changes.catching_up import CatchingUp
from services.changes.configuring import Configuring
from services.changes.copying_images import StoredRegistryCopies
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
from services.concurrency import repeated
from services.engine.engine import Engine
from services.engine.ring_hooks import RingHooks
from services.execution.check_door import CheckDoor
from services.execution.copy_worker import CopyWorker
from services.execution.git_changes import GitChanges
from services.execution.handing_over import Deliveries
from services.execution.image_worker import ImageWorker
from services.execution.rollback_worker import RollbackWorker
from services.execution.worker import Worker
from services.git.pull_requests import PullRequests
from services.git.repositories import GitRepositories
from services.inventory.application_groups import ApplicationGroups
from services.inventory.applications import Applications
from services.inventory.argocd_places import ArgoCdPlaces
from services.inventory.cluster_prober import ClusterProber
from services.inventory.clusters import ClusterRegistry
from services.inventory.declared_kinds import DeclaredKindService
from services.inventory.environments import Environments
from services.inventory.expected_differences import ExpectedDifferences
from services.inventory.git_repositories import StoredGitRepositories
from services.inventory.releases import Releases
from services.kube.client import Network
from services.kube.pool import ClusterPool, PoolLimits
from services.limits import Limits
from services.notifying.channels import Channels
from services.notifying.routing import NotificationRoutes
from services.notifying.sending import open_senders
from services.notifying.worker import NotificationWorker
from services.people.access import Access
from services.people.approvals import ApprovalPolicies
from services.people.audit_reading import AuditReading
from services.people.bindings import Bindings
from services.people.closed_gates import ClosedGates
from services.people.exchanging import TokenExchange, Verifier
from services.people.freeze_announcements import LOOKED_EVERY, FreezeAnnouncements
from services.people.freezing import Freezing
from services.people.gates import StandingGates
from services.people.holding import Holding, Stopping
from services.people.identities import Identities
from services.people.issuer_keys import IssuerKeys
from services.people.refusals import Refusals
from services.people.service_accounts import ServiceAccounts
from services.people.sessions import Sessions
from services.people.signing_in import SigningIn
from services.people.tokens import PersonalTokens
from services.people.trusts import Trusts
from services.planning.health.values import HealthPolicy
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.redact import Fingerprints
from services.pushes.automation.auto_deploy import AutoDeploy
from services.pushes.automation.follow_worker import FollowWorker
from services.pushes.automation.following import Following
from services.pushes.automation.index_backfill import IndexBackfill
from services.pushes.automation.polling import Polling
from services.pushes.automation.tag_resolution import TagResolution
from services.pushes.automation.work_queue import BackOff
from services.pushes.automation.worker import ImagePushWorker
from services.pushes.image_policies import ImagePolicyService
from services.pushes.images import Images
from services.pushes.judging import judge_after_change, judge_after_mapping
from services.pushes.receiver_trial import ReceiverTrial
from services.pushes.receivers import Receivers
from services.pushes.receiving import Receiving
from services.pushes.registries import Polls, Registries
from services.reading.change_feed import ChangeFeed
from services.reading.comparing import Comparing
from services.reading.drift import Drift
from services.reading.filed_targets import FolderReader
from services.reading.held_configuration import HeldReleases, ReleaseConfigurations
from services.reading.live.live import Live
from services.reading.matrix import MatrixReader
from services.reading.namespace_contents import ResourceBrowser
from services.reading.overview import Overview
from services.reading.permissions import Permissions
from services.reading.preflight.registries import ImageRegistries
from services.reading.preflight.rings import RingJudgement
from services.reading.timeline import Timeline
from services.registry.keys import ProviderKeys
from services.registry.oci import RegistryClients

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Whether requests can be served, part by part."""

    database: bool
    migrations: bool
    engine: bool

    @property
    def ready(self) -> bool:
        return self.database and self.migrations and self.engine

    @property
    def status(self) -> str:
        return "ready" if self.ready else "not-ready"


@dataclass(frozen=True, kw_only=True)
class Container:
    """The services that routes use, by name."""

    database: Database
    engine: Engine
    access: Access
    rights: Feed
    changes: ChangeFeed
    audit: AuditReading
    refusals: Refusals
    permissions: Permissions
    bindings: Bindings
    personal_tokens: PersonalTokens
    service_accounts: ServiceAccounts
    trusts: Trusts
    exchange: TokenExchange
    signing_in: SigningIn
    sessions: Sessions
    clusters: ClusterRegistry
    argocd_places: ArgoCdPlaces
    environments: Environments
    applications: Applications
    live: Live
    drift: Drift
    timeline: Timeline
    overview: Overview
    matrix: MatrixReader
    accepting: Accepting
    adopting: Adopting
    configuring: Configuring
    importing: Importing
    levelling: Levelling
    resources: ResourceBrowser
    comparing: Comparing
    expected_differences: ExpectedDifferences
    promoting: Promoting
    promotion_sets: PromotionSets
    set_reading: SetReading
    set_decisions: SetDecisions
    application_groups: ApplicationGroups
    deploying: Deploying
    catching_up: CatchingUp
    rolling_back: RollingBack
    restarting: Restarting
    strategy_preview: StrategyPreview
    repairing_ownership: RepairingOwnership
    releases: Releases
    receivers: Receivers
    receiving: Receiving
    receiver_trial: ReceiverTrial
    channels: Channels
    notification_routes: NotificationRoutes
    registries: Registries
    git_repositories: StoredGitRepositories
    declared_kinds: DeclaredKindService
    polls: Polls
    images: Images
    image_policies: ImagePolicyService
    operations: Operations
    paused: PausedOperations
    freezing: Freezing
    closed_gates: ClosedGates
    holding: Holding
    stopping: Stopping
    approval_policies: ApprovalPolicies
    proposing: Proposing

    async def readiness(self) -> Readiness:
        """Queries the database; one that does not answer makes its parts False and raises nothing."""
        database = await self.database.answers()
        migrations = database and await is_current(self.database.engine)
        return Readiness(database=database, migrations=migrations, engine=self.engine.ready)


@asynccontextmanager
async def open_container(settings: Settings, *, settled: Callable[[], None] = lambda: None) -> AsyncIterator[Container]:
    """Start PostgreSQL (without a database URL), the engine and the loops; build the services; stop all at the end.

    `settled` is that of `open_live`.
    """
    async with AsyncExitStack() as stack:
        database, url = await open_database(settings, stack)
        rules, limits = kubeconfig_rules(settings), settings.limits.to_limits()
        git = await stack.enter_async_context(GitRepositories(addresses=git_addresses(settings)))
        pulls = await stack.enter_async_context(PullRequests(addresses=git_addresses(settings)))
        git_changes = git_changes_by(db=database, git=git, pulls=pulls)
        async with database.begin() as tx:
            fingerprints = Fingerprints(await tx.installation_keys.named("fingerprints"))
            print_key = await tx.installation_keys.named("record-fingerprints")
            prints = FieldPrints(await tx.installation_keys.named("field-fingerprints"))
        pool = await stack.enter_async_context(
            ClusterPool(
                rules=rules,
                limits=PoolLimits(per_cluster=limits.per_cluster, overall=limits.overall),
                network=Network(answer_memory=limits.answer_memory),
                own_namespace=settings.clusters.own_namespace,
                print_key=print_key,
            )
        )
        deliveries = deliveries_by(
            helm_program=settings.helm.program, db=database, clusters=pool, git=git, changes=git_changes
        )
        configurations = ReleaseConfigurations(
            clusters=pool, prints=prints, kept=settings.releases_kept_with_configuration
        )
        door = await stack.enter_async_context(CheckDoor(addresses=check_addresses(settings)))
        registries = await stack.enter_async_context(RegistryClients(addresses=registry_addresses(settings)))
        asked = ImageRegistries(database, pool, registries)
        engine = Engine(
            database=database,
            url=url,
            clusters=pool,
            workers=_workers(database, pool, fingerprints, prints, limits, deliveries=deliveries, git=git_changes),
            limits=limits,
            gates=StandingGates(database),
            configurations=configurations,
            preflight=RingJudgement(pool, limits, asked, control_planes=deliveries.reader.control_planes),
            ring_work=RingHooks(database=database, door=door, policy=_policy(limits)),
            image_copies=StoredRegistryCopies(database, registries),
        )
        keys = await stack.enter_async_context(ProviderKeys(addresses=registry_addresses(settings)))
        issuers = await stack.enter_async_context(IssuerKeys(addresses=issuer_addresses(settings)))
        verifier = Verifier(database, issuers, pool, limits)
        notifier = Notifier(url)
        await notifier.start()
        stack.push_async_callback(notifier.stop)
        operations = Operations(database=database, engine=engine, notifier=notifier, fingerprints=fingerprints)
        await engine.launch()
        stack.push_async_callback(engine.stop)
        announcements = FreezeAnnouncements(database)
        await stack.enter_async_context(repeated("freezes", announcements.tell, every=LOOKED_EVERY))
        await stack.enter_async_context(ClusterProber(database, pool, limits=limits))
        await stack.enter_async_context(await open_audit_loop(settings, database, stack))
        senders = await stack.enter_async_context(
            open_senders(
                addresses=channel_addresses(settings),
                public_url=settings.public_url,
                slack_api=settings.notifications.slack_api,
            )
        )
        await stack.enter_async_context(NotificationWorker(database=database, notifier=notifier, sender=senders))
        feeds = await stack.enter_async_context(
            open_live_feeds(database, url, pool, limits, prints=prints, settled=settled)
        )
        rights, changes, live = feeds.rights, feeds.changes, feeds.live
        memory = repeated("giving memory back", allocator.give_back, every=allocator.GIVES_BACK_EVERY)
        await stack.enter_async_context(memory)
        back_off = BackOff()
        deploying = Deploying(database, pool, operations, limits, registries, hand_overs=deliveries.reader)
        catching_up = CatchingUp(database, pool, operations, limits)
        await stack.enter_async_context(
            ImagePushWorker(
                database=database,
                url=url,
                notifier=notifier,
                tag_resolution=TagResolution(
                    database, registries, back_off, believed=settings.registries.believed_hosts
                ),
                polling=Polling(database, registries),
                auto_deploy=AutoDeploy(database, pool, deploying, operations),
                catching_up=catching_up,
                index_backfill=IndexBackfill(database, pool, limits, live),
                back_off=back_off,
            )
        )
        promoting = Promoting(database, pool, operations, limits, registries, hand_overs=deliveries.reader)
        await stack.enter_async_context(
            FollowWorker(
                url=url,
                notifier=notifier,
                live=live,
                following=Following(database, live, promoting, operations),
                back_off=back_off,
            )
        )
        permissions, identities = Permissions(database), Identities(database, rights)
        signing_in = await open_signing_in(settings, database, stack)
        common = (database, pool, operations, fingerprints, limits)
        configuring, importing, browser = (
            Configuring(*common, registries=asked),
            Importing(*common, folders=FolderReader(database, git), registries=asked),
            ResourceBrowser(database, pool, limits),
        )
        rolling_back, groups = (
            RollingBack(database, pool, operations, limits, prints=prints, hand_overs=deliveries.reader),
            ApplicationGroups(database),
        )
        sets = PromotionSets(database, operations, promoting=promoting, rolling_back=rolling_back, groups=groups)
        yield Container(
            database=database,
            engine=engine,
            rights=rights,
            changes=changes,
            audit=AuditReading(database),
            refusals=Refusals(database),
            permissions=Permissions(database),
            bindings=Bindings(database),
            personal_tokens=PersonalTokens(database),
            service_accounts=ServiceAccounts(database),
            trusts=Trusts(
                database,
                verifier,
                public_url=settings.public_url,
                http_to_loopback=settings.issuers.allow_loopback,
            ),
            exchange=TokenExchange(database, verifier),
            access=Access(
                database,
                session_lifetime=timedelta(hours=settings.session_hours),
                identities=identities,
            ),
            signing_in=signing_in,
            sessions=Sessions(database),
            clusters=ClusterRegistry(database, pool, rules=rules, limits=limits, as_seen=live.as_seen),
            argocd_places=ArgoCdPlaces(database, pool, limits),
            environments=Environments(
                database, pool, limits=limits, judge_pushes=judge_after_mapping, as_seen=live.as_seen
            ),
            applications=Applications(database, judge_pushes=judge_after_change),
            live=live,
            overview=Overview(database, live, encode=overview_json),
            drift=Drift(live),
            timeline=Timeline(database),
            matrix=MatrixReader(live, encode_row=row_json, encode_page=matrix_json),
            accepting=Accepting(database, pool, limits, prints=prints, configurations=configurations),
            adopting=Adopting(database, pool, limits, configurations=configurations),
            configuring=configuring,
            importing=importing,
            levelling=Levelling(database, importing, browser),
            resources=browser,
            comparing=Comparing(database, pool, fingerprints, limits, prints=prints),
            expected_differences=ExpectedDifferences(database),
            promoting=promoting,
            deploying=deploying,
            catching_up=catching_up,
            restarting=Restarting(database, pool, operations, limits),
            strategy_preview=StrategyPreview(database),
            rolling_back=rolling_back,
            promotion_sets=sets,
            set_reading=SetReading(database),
            set_decisions=SetDecisions(database, operations),
            application_groups=groups,
            repairing_ownership=RepairingOwnership(
                database, pool, limits, control_planes=deliveries.reader.control_planes
            ),
            releases=Releases(database),
            receivers=Receivers(database, public_url=settings.address_for_registries),
            receiving=Receiving(database, keys),
            receiver_trial=ReceiverTrial(database, keys, believed=settings.registries.believed_hosts),
            channels=Channels(database, senders, addresses=channel_addresses(settings)),
            notification_routes=NotificationRoutes(database),
            registries=Registries(database, registries),
            git_repositories=StoredGitRepositories(database, git),
            declared_kinds=DeclaredKindService(database, pool),
            polls=Polls(database),
            images=Images(database, live),
            image_policies=ImagePolicyService(database),
            operations=operations,
            paused=PausedOperations(database, permissions),
            freezing=Freezing(database, permissions),
            closed_gates=ClosedGates(database, permissions),
            holding=Holding(database, permissions),
            stopping=Stopping(database, permissions),
            approval_policies=ApprovalPolicies(database, permissions),
            proposing=Proposing(
                database,
                operations=operations,
                promoting=promoting,
                deploying=deploying,
                importing=importing,
                configuring=configuring,
                sets=sets,
            ),
        )


def _policy(limits: Limits) -> HealthPolicy:
    return HealthPolicy(timeout_cap=limits.watch_cap, silence=limits.silence)


def _workers(
    database: Database,
    pool: ClusterPool,
    fingerprints: Fingerprints,
    prints: FieldPrints,
    limits: Limits,
    *,
    deliveries: Deliveries,
    git: GitChanges,
) -> dict[OperationKind, Worker]:
    policy = _policy(limits)
    copying: Worker = CopyWorker(clusters=pool, fingerprints=fingerprints, prints=prints, policy=policy, git=git)
    images = ImageWorker(policy, copies=copying, deliveries=deliveries)
    back = RollbackWorker(images, HeldReleases(database), prints)
    return {
        OperationKind.CONFIGURE: copying,
        OperationKind.IMPORT: copying,
        OperationKind.PROMOTION: images,
        OperationKind.DEPLOY: images,
        OperationKind.ROLLBACK: back,
        OperationKind.RESTART: back,
    }
