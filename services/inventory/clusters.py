"""Clusters: register, look at, try out, forget.

A cluster is tried out before it is registered or given a new credential: what does not work now is refused, with an
error that tells why. The credential goes in and never comes out: a `ClusterView` has none.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from db.errors import DuplicateNameError, StillUsedError
from db.records import ClusterRecord, EnvironmentRecord, Page
from db.transaction import Database
from domain.words import Reachability
from services.errors import InUseError, NameTakenError, NotFoundError
from services.kube.deadline import Deadline
from services.kube.errors import AddressRefusedError, CertificateError, ClusterError, CredentialRefusedError
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import KubeconfigRules, as_kubeconfig, vet_kubeconfig
from services.kube.pool import ClusterPool
from services.kube.probe import ProbeReport, probe
from services.limits import Limits
from services.reading.credentials import credential_of


@dataclass(frozen=True, kw_only=True)
class NewCredential:
    """A submitted kubeconfig, or None for the cluster that Stagecoach itself runs in."""

    kubeconfig: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Registration:
    name: str
    labels: dict[str, str]
    credential: NewCredential


@dataclass(frozen=True, kw_only=True)
class ClusterChanges:
    """What to change; None leaves it as it is."""

    name: str | None = None
    labels: dict[str, str] | None = None
    credential: NewCredential | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterView:
    """A cluster as people see it, with the names of the environments that use it."""

    id: str
    name: str
    labels: dict[str, str]
    server: str | None
    in_cluster: bool
    credential_version: int
    reachability: Reachability
    server_version: str | None
    last_seen_at: datetime | None
    last_error: str | None
    environments: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Probed:
    """What came of trying a cluster out: `error` is None where it answered and takes the credential."""

    cluster: str
    reachability: Reachability
    server_version: str | None
    error: ClusterError | None
    missing_rights: tuple[str, ...]
    probed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Namespace:
    name: str
    phase: str


@dataclass(frozen=True, kw_only=True)
class ClusterNamespaces:
    """A cluster's namespaces, by name."""

    cluster: str
    namespaces: tuple[Namespace, ...]


@dataclass(frozen=True, kw_only=True)
class _Vetted:
    """A credential that may be stored: what is left of a kubeconfig, and where it leads."""

    kubeconfig: str | None = field(repr=False)
    server: str | None
    namespace: str | None


class ClusterRegistry:
    """The registered clusters."""

    def __init__(self, db: Database, pool: ClusterPool, *, rules: KubeconfigRules, limits: Limits) -> None:
        self._db = db
        self._pool = pool
        self._rules = rules
        self._limits = limits

    async def list(self, *, after: str | None, limit: int) -> Page[ClusterView]:
        """By name."""
        async with self._db.read() as tx:
            page = await tx.clusters.list(after=after, limit=limit)
            environments = await tx.environments.all()
        return Page(items=tuple(_view(each, environments) for each in page.items), next=page.next)

    async def get(self, name: str) -> ClusterView:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return _view(_there(await tx.clusters.find(name), name), await tx.environments.all())

    async def register(self, new: Registration) -> ClusterView:
        """Vet, try out, keep.

        Raises `KubeconfigRefusedError`, `NameTakenError`, and what the trial came to: `ClusterUnreachableError`,
        `AddressRefusedError`, `CertificateError`, `CredentialRefusedError` or `AccessDeniedError`.
        """
        vetted = self._vetted(new.credential)
        async with self._db.read() as tx:
            if await tx.clusters.find(new.name) is not None:
                raise NameTakenError("cluster", new.name)
        report = await self._tried(new.name, vetted)
        try:
            async with self._db.begin() as tx:
                record = await tx.clusters.add(
                    name=new.name,
                    labels=new.labels,
                    server=vetted.server,
                    credential=vetted.kubeconfig,
                    server_version=_version(report),
                )
                await tx.clusters.seen(record.id, server_version=_version(report))
        except DuplicateNameError:
            raise NameTakenError("cluster", new.name) from None
        return await self.get(new.name)

    async def update(self, name: str, changes: ClusterChanges) -> ClusterView:
        """Raises `NotFoundError`, `NameTakenError`, and for a new credential what `register` raises."""
        async with self._db.read() as tx:
            record = _there(await tx.clusters.find(name), name)
        vetted = self._vetted(changes.credential) if changes.credential is not None else None
        report = await self._tried(record.name, vetted) if vetted is not None else None
        try:
            async with self._db.begin() as tx:
                if changes.name is not None:
                    await tx.clusters.change(record.id, name=changes.name)
                if changes.labels is not None:
                    await tx.clusters.change(record.id, labels=changes.labels)
                if vetted is not None and report is not None:
                    await tx.clusters.replace_credential(record.id, credential=vetted.kubeconfig, server=vetted.server)
                    await tx.clusters.seen(record.id, server_version=_version(report))
        except DuplicateNameError as error:
            raise NameTakenError("cluster", error.name) from None
        return await self.get(changes.name or record.name)

    async def delete(self, name: str) -> None:
        """Raises `NotFoundError`, `InUseError`. Nothing is changed on the cluster."""
        try:
            async with self._db.begin() as tx:
                record = _there(await tx.clusters.find(name), name)
                await tx.clusters.delete(record.id)
        except StillUsedError as error:
            raise InUseError("cluster", name, list(error.users)) from None
        await self._pool.forget(record.id)

    async def probe(self, name: str) -> Probed:
        """Try it out now, past the breaker, and keep what was seen of it. Raises `NotFoundError` only."""
        async with self._db.read() as tx:
            record = _there(await tx.clusters.find(name), name)
        try:
            credential = credential_of(record)
            report = await self._report(credential, namespace=self._home(credential))
        except ClusterError as error:
            return await self._missed(record, error)
        self._pool.answers(record.id)
        async with self._db.begin() as tx:
            await tx.clusters.seen(record.id, server_version=_version(report))
        return Probed(
            cluster=record.name,
            reachability=Reachability.REACHABLE,
            server_version=_version(report) or record.server_version,
            error=None,
            missing_rights=report.missing_words,
            probed_at=datetime.now(UTC),
        )

    async def namespaces(self, name: str) -> ClusterNamespaces:
        """Raises `NotFoundError`, `ClusterError`."""
        async with self._db.read() as tx:
            record = _there(await tx.clusters.find(name), name)
        return await namespaces_of(record, self._pool, deadline=Deadline.after(self._limits.overview))

    def _home(self, credential: ClusterCredential) -> str | None:
        """The namespace that the credential is made for, in which alone it may have its rights."""
        if credential.kubeconfig is None:
            return None
        return vet_kubeconfig(credential.kubeconfig(), rules=self._rules).namespace

    def _vetted(self, credential: NewCredential) -> _Vetted:
        if credential.kubeconfig is None:
            return _Vetted(kubeconfig=None, server=None, namespace=None)
        target = vet_kubeconfig(credential.kubeconfig, rules=self._rules)
        return _Vetted(kubeconfig=as_kubeconfig(target), server=target.server, namespace=target.namespace)

    async def _tried(self, name: str, vetted: _Vetted) -> ProbeReport:
        """What trying out a credential that is not stored came to; raises where it would not do."""
        trial_id, text = f"trial-{uuid4()}", vetted.kubeconfig
        credential = ClusterCredential(
            cluster_id=trial_id, name=name, version=0, kubeconfig=None if text is None else lambda: text
        )
        try:
            report = await self._report(credential, namespace=vetted.namespace)
        finally:
            await self._pool.forget(trial_id)
        report.require_rights()
        return report

    async def _report(self, credential: ClusterCredential, *, namespace: str | None) -> ProbeReport:
        async with self._pool.trial(credential) as gateway:
            return await probe(gateway, namespace=namespace, deadline=Deadline.after(self._limits.probe))

    async def _missed(self, record: ClusterRecord, error: ClusterError) -> Probed:
        reachability = reachability_of(error)
        async with self._db.begin() as tx:
            await tx.clusters.missed(record.id, reachability=reachability, error=error.detail)
        return Probed(
            cluster=record.name,
            reachability=reachability,
            server_version=record.server_version,
            error=error,
            missing_rights=(),
            probed_at=datetime.now(UTC),
        )


async def namespaces_of(cluster: ClusterRecord, pool: ClusterPool, *, deadline: Deadline) -> ClusterNamespaces:
    """The namespaces of a cluster; raises `ClusterError`."""
    gateway = await pool.gateway(credential_of(cluster))
    found = await gateway.namespaces(deadline=deadline)
    named = (Namespace(name=each.name, phase=str(each.status.get("phase", "Active"))) for each in found)
    return ClusterNamespaces(cluster=cluster.name, namespaces=tuple(sorted(named, key=lambda each: each.name)))


def reachability_of(error: ClusterError) -> Reachability:
    """It answers but will not have us, or nobody answers at all."""
    if isinstance(error, CertificateError | CredentialRefusedError | AddressRefusedError):
        return Reachability.REFUSED
    return Reachability.UNREACHABLE


def _there(record: ClusterRecord | None, name: str) -> ClusterRecord:
    if record is None:
        raise NotFoundError("cluster", name)
    return record


def _version(report: ProbeReport) -> str | None:
    return report.version.git_version if report.version else None


def _view(record: ClusterRecord, environments: tuple[EnvironmentRecord, ...]) -> ClusterView:
    return ClusterView(
        id=record.id,
        name=record.name,
        labels=record.labels,
        server=record.server,
        in_cluster=record.credential is None,
        credential_version=record.credential_version,
        reachability=record.reachability,
        server_version=record.server_version,
        last_seen_at=record.last_seen_at,
        last_error=record.last_error,
        environments=tuple(
            each.name for each in environments if any(cluster.id == record.id for cluster in each.clusters)
        ),
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
