"""Declared kinds: what an administrator says of custom kinds, tried out on an object before it is stored."""

from dataclasses import dataclass

from db.errors import DuplicateNameError
from db.records.declared_kinds import DeclaredKindRecord, KindUse
from db.transaction import Database
from domain.audit import AuditEntry, Target
from domain.declared_kinds import Declaration
from domain.grants import AdminGrant, ListGrant
from domain.resources import Kind, Manifest
from services.errors import InUseError, InvalidRequestError, NotFoundError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.planning.objects.declaring import DeclarationError, Trial, check_declaration, try_declaration
from services.reading.credentials import credential_of

_SECONDS = 15.0  # to read one object
_MOST = 200
_TAKEN_AWAY = "Their images would not be promoted any more: say that you know it (in_use) to take it away all the same."


@dataclass(frozen=True, kw_only=True)
class LiveObject:
    """An object on a registered cluster."""

    cluster: str
    namespace: str
    version: str
    name: str


@dataclass(frozen=True, kw_only=True)
class SeenKind:
    """A declared kind and the app environments that have resources of it."""

    record: DeclaredKindRecord
    uses: tuple[KindUse, ...]


class DeclaredKindService:
    """Reads, stores, tries and takes away declarations."""

    def __init__(self, db: Database, clusters: Clusters) -> None:
        self._db = db
        self._clusters = clusters

    async def list(self, grant: ListGrant) -> tuple[SeenKind, ...]:
        """All, for an actor who sees everything; else none: the uses are other people's applications."""
        if not grant.everything:
            return ()
        async with self._db.read() as tx:
            return tuple(
                [
                    SeenKind(record=each, uses=await tx.declared_kinds.uses(each.group, each.kind))
                    for each in await tx.declared_kinds.all()
                ]
            )

    async def put(self, grant: AdminGrant, group: str, kind: str, declaration: Declaration) -> SeenKind:
        """Declare the kind, or declare it anew: plans that are made from now on go by it, operations under way do not.

        Raises `InvalidRequestError` for a kind that is known by itself, and for places that are none.
        """
        _check(group, kind, declaration)
        try:
            async with self._db.begin() as tx:
                former = await tx.declared_kinds.find(group, kind)
                if former is None and len(await tx.declared_kinds.all()) >= _MOST:
                    raise InvalidRequestError(f"At most {_MOST} kinds can be declared.")
                record = await tx.declared_kinds.put(group, kind, declaration)
                await tx.audit.add(
                    AuditEntry.by(
                        grant.caller,
                        "kind.declared",
                        _target(record),
                        before=former.declaration.to_json() if former is not None else None,
                        after=record.declaration.to_json(),
                    )
                )
                return SeenKind(record=record, uses=await tx.declared_kinds.uses(group, kind))
        except DuplicateNameError:  # a concurrent request declared it: replace that one
            return await self.put(grant, group, kind, declaration)

    async def delete(self, grant: AdminGrant, group: str, kind: str, *, in_use: bool) -> None:
        """Take the declaration away. Raises `NotFoundError`.

        Raises `InUseError` where app environments have resources of the kind, unless the caller says that it knows.
        """
        async with self._db.begin() as tx:
            record = await tx.declared_kinds.find(group, kind)
            if record is None:
                raise NotFoundError("declared kind", f"{kind}.{group}")
            uses = await tx.declared_kinds.uses(group, kind)
            if uses and not in_use:
                users = [f"'{each.application.name}' in '{each.environment.name}'" for each in uses]
                raise InUseError("declared kind", record.name, users, way_out=_TAKEN_AWAY)
            await tx.declared_kinds.delete(record.id)
            await tx.audit.add(
                AuditEntry.by(grant.caller, "kind.undeclared", _target(record), before=record.declaration.to_json())
            )

    async def try_out(
        self, grant: AdminGrant, group: str, kind: str, declaration: Declaration, tried: Manifest | LiveObject
    ) -> Trial:
        """What a declaration finds in an object, given or read now. Stores nothing, and returns nothing else of it.

        Raises as `put`, `InvalidRequestError` for an object of another kind, `NotFoundError`, `ClusterError`s.
        """
        _check(group, kind, declaration)
        manifest = tried if isinstance(tried, Manifest) else await self._read(grant, group, kind, tried)
        if manifest.id.group_kind != (group, kind):
            raise InvalidRequestError(
                f"The object is a {manifest.kind.name} of '{manifest.kind.group}', not a {kind} of '{group}'.",
                field="$.object",
            )
        return try_declaration(manifest, declaration)

    async def _read(self, grant: AdminGrant, group: str, kind: str, live: LiveObject) -> Manifest:
        async with self._db.read() as tx:
            cluster = await tx.clusters.find(live.cluster)
        if cluster is None:
            raise NotFoundError("cluster", live.cluster)
        gateway = await self._clusters.gateway(credential_of(cluster))
        asked = Kind(group=group, version=live.version, name=kind)
        deadline = Deadline.after(_SECONDS)
        found = await gateway.get(asked, live.name, namespace=live.namespace, deadline=deadline)
        if found is None:
            raise NotFoundError(f"{kind} in {live.namespace} on {live.cluster}", live.name)
        return found


def _check(group: str, kind: str, declaration: Declaration) -> None:
    try:
        check_declaration(Kind(group=group, version="", name=kind), declaration)
    except DeclarationError as error:
        raise InvalidRequestError(str(error), field=f"$.{error.field}" if error.field else None) from None


def _target(record: DeclaredKindRecord) -> Target:
    return Target(kind="declared-kind", id=record.id, name=record.name)
