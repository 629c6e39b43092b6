"""Transactions: `Database.read()` and `Database.begin()` open one with all repositories; `Database.autocommit_read()`
is for a single query.

Only `begin()` commits, on a clean exit. No transaction may be open during a request to a cluster.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.app_environments import AppEnvironments
from db.application_groups import ApplicationGroups
from db.applications import Applications
from db.approvals import ApprovalPolicies
from db.audit import Audit
from db.audit_outputs import AuditOutputs
from db.audit_seals import AuditSeals
from db.bindings import Bindings
from db.changed_tables import NotingSession, changed_tables
from db.channels import Channels, NotificationRoutes
from db.cluster_argocd import ClusterArgoCd
from db.cluster_watches import ClusterWatches
from db.clusters import Clusters
from db.configuration import Configuration
from db.declared_kinds import DeclaredKinds
from db.deliveries import Deliveries
from db.divergences import Divergences
from db.environment_namespaces import EnvironmentNamespaces
from db.environments import Environments
from db.errors import DatabaseUnreachableError, is_unreachable
from db.events import Events
from db.expected_differences import ExpectedDifferences
from db.freezes import Freezes
from db.git_repositories import GitRepositories
from db.holds import Holds, Stops
from db.hook_runs import HookRuns
from db.image_pushes import ImagePushes
from db.installation_keys import InstallationKeys
from db.keys import Keyring
from db.known_places import Places
from db.known_tags import KnownTags
from db.live_records import LiveRecords
from db.lookups import Lookups
from db.missed_operations import MissedOperations
from db.oidc_flows import OidcFlows
from db.operation_interruptions import OperationInterruptions
from db.operation_lifecycle import OperationLifecycle
from db.operations import Operations
from db.outbox import Outbox
from db.people import People
from db.place_operations import PlaceOperations
from db.promotion_sets import PromotionSets
from db.proposals import Proposals
from db.receivers import Receivers
from db.registries import Polls, Registries
from db.releases import Releases
from db.row_versions import RowVersions
from db.running_images import RunningImages
from db.service_accounts import ServiceAccounts
from db.sign_ins import SignIns
from db.timeline import Timelines
from db.timeline_facts import TimelineFacts
from db.token_subjects import TokenSubjects
from db.tokens import Tokens
from db.trusts import Trusts
from db.verdicts import Verdicts
from db.written import Written


class Transaction:
    """The repositories of one transaction, to be used inside its `async with` block only."""

    def __init__(self, session: AsyncSession, keys: Keyring) -> None:  # noqa: PLR0915 - one line a repository
        self.clusters = Clusters(session, keys)
        self.cluster_argocd = ClusterArgoCd(session, keys)
        self.environments = Environments(session, keys)
        self.environment_namespaces = EnvironmentNamespaces(session)
        self.applications = Applications(session)
        self.application_groups = ApplicationGroups(session)
        self.app_environments = AppEnvironments(session, keys)
        self.operations = Operations(session, keys)
        self.operation_lifecycle = OperationLifecycle(session, keys)
        self.operation_interruptions = OperationInterruptions(session)
        self.place_operations = PlaceOperations(session)
        self.missed_operations = MissedOperations(session)
        self.promotion_sets = PromotionSets(session)
        self.events = Events(session)
        self.releases = Releases(session, keys)
        self.row_versions = RowVersions(session)
        self.written = Written(session)
        self.receivers = Receivers(session, keys)
        self.deliveries = Deliveries(session, keys)
        self.image_pushes = ImagePushes(session)
        self.lookups = Lookups(session)
        self.known_tags = KnownTags(session)
        self.verdicts = Verdicts(session)
        self.registries = Registries(session, keys)
        self.polls = Polls(session)
        self.git_repositories = GitRepositories(session, keys)
        self.declared_kinds = DeclaredKinds(session)
        self.running_images = RunningImages(session)
        self.bindings = Bindings(session)
        self.audit = Audit(session)
        self.audit_seals = AuditSeals(session)
        self.audit_outputs = AuditOutputs(session)
        self.channels = Channels(session, keys)
        self.notification_routes = NotificationRoutes(session)
        self.outbox = Outbox(session)
        self.tokens = Tokens(session)
        self.token_subjects = TokenSubjects(session)
        self.service_accounts = ServiceAccounts(session)
        self.trusts = Trusts(session)
        self.sign_ins = SignIns(session)
        self.approval_policies = ApprovalPolicies(session)
        self.proposals = Proposals(session, keys)
        self.freezes = Freezes(session)
        self.expected_differences = ExpectedDifferences(session)
        self.divergences = Divergences(session)
        self.configuration = Configuration(session)
        self.timelines = Timelines(session)
        self.timeline_facts = TimelineFacts(session)
        self.holds = Holds(session)
        self.hook_runs = HookRuns(session)
        self.stops = Stops(session)
        self.people = People(session)
        self.oidc_flows = OidcFlows(session, keys)
        self.installation_keys = InstallationKeys(session, keys)
        self.cluster_watches = ClusterWatches(session)
        self.live_records = LiveRecords(session)
        self.places = Places(session)


class Database:
    """The database of one process. Transactions raise `DatabaseUnreachableError` if it cannot be reached."""

    def __init__(self, engine: AsyncEngine, keys: Keyring) -> None:
        self.engine = engine
        self.keys = keys
        # One snapshot for all queries of a reading transaction; the database itself refuses writes in it.
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._told: list[Callable[[frozenset[str]], None]] = []

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        with _unreachable():
            async with AsyncSession(self._reading, autoflush=False) as session, session.begin():
                yield Transaction(session, self.keys)

    @asynccontextmanager
    async def autocommit_read(self) -> AsyncIterator[Transaction]:
        """For a single query, without the two further round trips of a transaction.

        Several queries in it can see different states, and a write would commit at once: never write in it.
        """
        with _unreachable():
            async with AsyncSession(self._autocommit, autoflush=False) as session:
                yield Transaction(session, self.keys)

    @asynccontextmanager
    async def each_alone(self) -> AsyncIterator[Transaction]:
        """Each statement commits by itself: for one that writes and checks at once, often, and needs no other."""
        with _unreachable():
            async with AsyncSession(self._autocommit, autoflush=False) as session:
                yield Transaction(session, self.keys)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        with _unreachable():
            session = AsyncSession(
                self.engine, sync_session_class=NotingSession, autoflush=False, expire_on_commit=False
            )
            async with session:
                try:
                    async with session.begin():
                        yield Transaction(session, self.keys)
                finally:
                    # Also after an error: the connection may have ended during the commit.
                    self._changed(changed_tables(session.sync_session))

    def on_change(self, told: Callable[[frozenset[str]], None]) -> None:
        """Call `told` with the tables that a transaction of this process changed, before `begin()` returns."""
        self._told.append(told)

    def _changed(self, tables: frozenset[str]) -> None:
        for told in self._told if tables else ():
            told(tables)

    async def answers(self, *, within: float = 2.0) -> bool:
        """Whether the database answers within this many seconds."""
        try:
            async with asyncio.timeout(within), self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        await self.engine.dispose()


@contextmanager
def _unreachable() -> Iterator[None]:
    """Turn each exception that means an unreachable database into `DatabaseUnreachableError`."""
    try:
        yield
    except Exception as error:
        if is_unreachable(error):
            raise DatabaseUnreachableError from error
        raise
