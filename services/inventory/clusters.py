"""Registers, reads, probes and removes clusters. Changes nothing on a cluster.

A cluster is probed before it is registered or gets a new credential, and refused where the probe fails, with the error
of the probe. A credential is never returned: a `ClusterView` has none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from db.errors import DuplicateNameError, StillUsedError
from db.records.inventory import ClusterRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.audit import AuditEntry
from domain.grants import AdminGrant, ListGrant
from domain.words import Reachability
from services.errors import InUseError, NameTakenError
from services.inventory.cluster_namespaces import ClusterNamespaces, namespaces_of
from services.inventory.cluster_reachability import lost_after, reachability_of, record_answer, record_miss
from services.inventory.cluster_views import ClusterView, as_probed, existing_cluster, given_on, seen_view, view_of
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import KubeconfigRules, as_kubeconfig, vet_kubeconfig, vet_submitted
from services.kube.pool import ClusterPool
from services.kube.probe import ProbeReport, probe
from services.limits import Limits
from services.reading.audit_entries import changed, cluster_target, shown_cluster
from services.reading.credentials import credential_of
from services.reading.permissions import environment_ref


@dataclass(frozen=True, kw_only=True)
class NewCredential:
    """A submitted kubeconfig, or None for the cluster that Stagecoach itself runs in."""

    kubeconfig: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A cluster to register."""

    name: str
    labels: dict[str, str]
    credential: NewCredential


@dataclass(frozen=True, kw_only=True)
class ClusterChanges:
    """What to change; None leaves a field as it is."""

    name: str | None = None
    labels: dict[str, str] | None = None
    credential: NewCredential | None = None


@dataclass(frozen=True, kw_only=True)
class Probed:
    """The result of a probe: `error` is None where the cluster answered and accepts the credential."""

    cluster: str
    reachability: Reachability
    server_version: str | None
    error: ClusterError | None
    missing_rights: tuple[str, ...]
    probed_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Vetted:
    """A credential that may be stored: the vetted kubeconfig and its server; and what is not stored."""

    kubeconfig: str | None = field(repr=False)
    server: str | None
    left_out: tuple[str, ...]


class ClusterRegistry:
    """The registered clusters."""

    def __init__(
        self,
        db: Database,
        pool: ClusterPool,
        *,
        rules: KubeconfigRules,
        limits: Limits,
        as_seen: Callable[[ClusterRecord], ClusterRecord] = as_probed,
    ) -> None:
        """`as_seen` gives a cluster as it is known to be now, which may be more than its last probe said."""
        self._db = db
        self._as_seen = as_seen
        self._pool = pool
        self._rules = rules
        self._limits = limits

    async def list(self, grant: ListGrant, *, after: str | None, limit: int) -> Page[ClusterView]:
        """A page of the clusters of environments that the actor sees, by name; one who sees everything gets all."""
        async with self._db.read() as tx:
            page = await tx.clusters.list(
                after=after, limit=limit, environments=None if grant.everything else grant.environments
            )
            environments = await tx.environments.all()
        seen = [each for each in environments if grant.sees(environment_ref(each))]
        return Page(items=tuple(view_of(self._as_seen(each), seen) for each in page.items), next=page.next)

    async def get(self, grant: ListGrant, name: str) -> ClusterView:
        """One cluster, as `list` shows it. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await seen_view(tx, grant, name, as_seen=self._as_seen)

    async def register(self, grant: AdminGrant, new: Registration) -> ClusterView:
        """Vet the kubeconfig, probe the cluster, store it.

        Of the cluster that Stagecoach runs in, rights are asked for later: no environment gives a namespace of it yet.

        Raises `KubeconfigRefusedError`, `NameTakenError`, and the errors of the probe: `ClusterUnreachableError`,
        `AddressRefusedError`, `CertificateError`, `CredentialRefusedError` or `AccessDeniedError`.
        """
        vetted = self._vetted(new.credential)
        async with self._db.read() as tx:
            if await tx.clusters.find(new.name) is not None:
                raise NameTakenError("cluster", new.name)
        report = await self._probe_unstored(new.name, vetted)
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
                target = cluster_target(record)
                await tx.audit.add(AuditEntry.by(grant.caller, "cluster.added", target, after=shown_cluster(record)))
        except DuplicateNameError:
            raise NameTakenError("cluster", new.name) from None
        return replace(await self._stored(grant, new.name), left_out=vetted.left_out)

    async def update(self, grant: AdminGrant, name: str, changes: ClusterChanges) -> ClusterView:
        """Change a cluster. Raises `NotFoundError`, `NameTakenError`, for a new credential also as `register`."""
        async with self._db.read() as tx:
            record = existing_cluster(await tx.clusters.find(name), name)
        vetted = self._vetted(changes.credential) if changes.credential is not None else None
        report = await self._probe_unstored(record.name, vetted) if vetted is not None else None
        try:
            async with self._db.begin() as tx:
                if changes.name is not None:
                    await tx.clusters.change(record.id, name=changes.name)
                if changes.labels is not None:
                    await tx.clusters.change(record.id, labels=changes.labels)
                if vetted is not None and report is not None:
                    await tx.clusters.replace_credential(record.id, credential=vetted.kubeconfig, server=vetted.server)
                    await record_answer(tx, record, server_version=_version(report))
                await _audit_change(tx, grant, record, replaced=vetted is not None)
        except DuplicateNameError as error:
            raise NameTakenError("cluster", error.name) from None
        return replace(
            await self._stored(grant, changes.name or record.name), left_out=vetted.left_out if vetted else ()
        )

    async def delete(self, grant: AdminGrant, name: str) -> None:
        """Remove the cluster from Stagecoach; nothing changes on the cluster. Raises `NotFoundError`, `InUseError`."""
        try:
            async with self._db.begin() as tx:
                record = existing_cluster(await tx.clusters.find(name), name)
                await tx.clusters.delete(record.id)
                target = cluster_target(record)
                await tx.audit.add(AuditEntry.by(grant.caller, "cluster.removed", target, before=shown_cluster(record)))
        except StillUsedError as error:
            raise InUseError("cluster", name, list(error.users)) from None
        await self._pool.forget(record.id)

    async def probe(self, grant: ListGrant, name: str) -> Probed:
        """Probe now, past the breaker, and record the result. Raises `NotFoundError` only."""
        async with self._db.read() as tx:
            await seen_view(tx, grant, name)
            record = existing_cluster(await tx.clusters.find(name), name)
            environments = await tx.environments.all()
        try:
            credential = credential_of(record)
            namespaces = self._namespaces_of(credential, given_on(record.id, environments))
            report = await self._report(credential, namespaces=namespaces)
        except ClusterError as error:
            return await self._missed(record, error)
        self._pool.answers(record.id)
        async with self._db.begin() as tx:
            await record_answer(tx, record, server_version=_version(report))
        return Probed(
            cluster=record.name,
            reachability=Reachability.REACHABLE,
            server_version=_version(report) or record.server_version,
            error=None,
            missing_rights=report.missing_words,
            probed_at=datetime.now(UTC),
        )

    async def namespaces(self, grant: AdminGrant, name: str) -> ClusterNamespaces:
        """The namespaces, read now. Raises `NotFoundError`, `ClusterError`s."""
        async with self._db.read() as tx:
            record = existing_cluster(await tx.clusters.find(name), name)
        return await namespaces_of(record, self._pool, deadline=Deadline.after(self._limits.overview))

    async def _stored(self, _: AdminGrant, name: str) -> ClusterView:
        async with self._db.read() as tx:
            return view_of(existing_cluster(await tx.clusters.find(name), name), await tx.environments.all())

    def _namespaces_of(self, credential: ClusterCredential, given: tuple[str, ...]) -> Sequence[str] | None:
        """Where the credential needs rights; None: in the whole cluster.

        A kubeconfig's context names the namespace outside of which it may have none. The account that Stagecoach runs
        with has rights where deploy/rbac.yaml binds it: in the namespaces that environments give.
        """
        if credential.kubeconfig is None:
            return given
        namespace = vet_kubeconfig(credential.kubeconfig(), rules=self._rules).namespace
        return None if namespace is None else [namespace]

    def _vetted(self, credential: NewCredential) -> _Vetted:
        if credential.kubeconfig is None:
            return _Vetted(kubeconfig=None, server=None, left_out=())
        vetted = vet_submitted(credential.kubeconfig, rules=self._rules)
        target = vetted.target
        return _Vetted(
            kubeconfig=as_kubeconfig(target),
            server=target.server,
            left_out=vetted.left_out,
        )

    async def _probe_unstored(self, name: str, vetted: _Vetted) -> ProbeReport:
        """The report of a probe with a credential that is not stored yet. Raises where it lacks rights or fails."""
        trial_id, text = f"trial-{uuid4()}", vetted.kubeconfig
        credential = ClusterCredential(
            cluster_id=trial_id, name=name, version=0, kubeconfig=None if text is None else lambda: text
        )
        try:
            report = await self._report(credential, namespaces=self._namespaces_of(credential, ()))
        finally:
            await self._pool.forget(trial_id)
        report.require_rights()
        return report

    async def _report(self, credential: ClusterCredential, *, namespaces: Sequence[str] | None) -> ProbeReport:
        async with self._pool.trial(credential) as gateway:
            return await probe(gateway, namespaces=namespaces, deadline=Deadline.after(self._limits.probe))

    async def _missed(self, record: ClusterRecord, error: ClusterError) -> Probed:
        reachability = reachability_of(error)
        async with self._db.begin() as tx:
            await record_miss(
                tx, record, reachability=reachability, error=error.detail, lost_after=lost_after(self._limits)
            )
        return Probed(
            cluster=record.name,
            reachability=reachability,
            server_version=record.server_version,
            error=error,
            missing_rights=(),
            probed_at=datetime.now(UTC),
        )


def _version(report: ProbeReport) -> str | None:
    return report.version.git_version if report.version else None


async def _audit_change(tx: Transaction, grant: AdminGrant, former: ClusterRecord, *, replaced: bool) -> None:
    """A replaced credential has an action of its own: whoever watches for it need not look at members."""
    record = await tx.clusters.get(former.id)
    assert record is not None
    difference = changed(shown_cluster(former), shown_cluster(record))
    action = "cluster.credential-replaced" if replaced else "cluster.changed"
    await tx.audit.add(AuditEntry.by(grant.caller, action, cluster_target(record), **difference))
