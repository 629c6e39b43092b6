"""Image registries with their credentials, and the repositories that are polled.

A stored credential is never shown again. Registries are only read.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from db.errors import DuplicateNameError
from db.records.pages import Page
from db.records.registries import PollRecord, RegistryRecord
from db.transaction import Database
from domain.audit import AuditEntry, Target
from domain.credentials import EnteredCredential
from domain.grants import AdminGrant, ListGrant
from domain.image_references import try_parse_image
from services.errors import InvalidRequestError, NameTakenError, NotFoundError
from services.reading.registry_access import access_to
from services.registry.credentials import Anonymous, RegistryAccess
from services.registry.errors import OF_THE_REPOSITORY, RegistryError, RegistryNameError
from services.registry.oci import RegistryClients

_CHECK_SECONDS = 15.0
_TAG_UNKNOWN = "tag-unknown"
# What a registry answers about a repository, and is no failure of its own.
_ABOUT_THE_REPOSITORY = frozenset({_TAG_UNKNOWN, *(error.code for error in OF_THE_REPOSITORY)})
_UNPROVED = (
    "The registry did not ask for the credential, which was not shown to it therefore: whether it accepts the "
    "credential is not known. Check a repository that is not public."
)


@dataclass(frozen=True, kw_only=True)
class NewRegistry:
    """How to reach a registry, and with which credential."""

    plain_http: bool
    credential: EnteredCredential


@dataclass(frozen=True, kw_only=True)
class RegistryCheck:
    """What a registry answered. `code` names the problem, None if there is none; `detail` is about it.

    `detail` without `code` is about what the answer does not prove.

    `tags` is the number of tags of the repository, if the check named one without a tag; the further fields belong to
    the tag that the check named.
    """

    host: str
    repository: str | None
    tag: str | None
    code: str | None = None
    detail: str | None = None
    tags: int | None = None
    digest: str | None = None
    media_type: str | None = None
    platforms: tuple[str, ...] = ()
    built_at: datetime | None = None

    @property
    def well(self) -> bool:
        return self.code is None


class Registries:
    """Reads, stores, deletes and checks registries."""

    def __init__(self, db: Database, clients: RegistryClients) -> None:
        self._db = db
        self._clients = clients

    async def list(self, grant: ListGrant, *, after: str | None, limit: int) -> Page[RegistryRecord]:
        """A page by host, for an actor who sees everything; `after` is the last host of the previous page."""
        if not grant.everything:
            return Page(items=(), next=None)
        async with self._db.read() as tx:
            return await tx.registries.list(limit=limit, after=after)

    async def get(self, grant: ListGrant, host: str) -> RegistryRecord:
        """Raises `InvalidRequestError` for a malformed host, `NotFoundError` if it is not stored."""
        _require_everything(grant, "registry", host)
        return await self._stored(host)

    async def _stored(self, host: str) -> RegistryRecord:
        async with self._db.read() as tx:
            record = await tx.registries.find(folded_host(host))
        if record is None:
            raise NotFoundError("registry", host)
        return record

    async def put(self, grant: AdminGrant, host: str, new: NewRegistry) -> RegistryRecord:
        """Add or replace it; pushed tags that could not be resolved there are due again.

        Raises `InvalidRequestError` for a malformed host.
        """
        host = folded_host(host)
        try:
            async with self._db.begin() as tx:
                former = await tx.registries.find(host)
                record = await tx.registries.put(host, plain_http=new.plain_http, **vars(new.credential))
                await tx.lookups.ask_again(host)
                before = _shown(former) if former else None
                await tx.audit.add(
                    AuditEntry.by(grant.caller, "registry.stored", _target(record), before=before, after=_shown(record))
                )
                return record
        except DuplicateNameError:  # a concurrent request added it: replace that one
            return await self.put(grant, host, new)

    async def delete(self, grant: AdminGrant, host: str) -> None:
        """Delete it with its credential. Raises `NotFoundError`."""
        record = await self._stored(host)
        async with self._db.begin() as tx:
            await tx.registries.delete(record.host)
            await tx.audit.add(AuditEntry.by(grant.caller, "registry.removed", _target(record), before=_shown(record)))

    async def check(self, grant: ListGrant, host: str, *, repository: str | None, tag: str | None) -> RegistryCheck:
        """Ask it now. A failure of the registry is a result, no error. Raises `NotFoundError` if it is not stored."""
        _require_everything(grant, "registry", host)
        record = await self._stored(host)
        asked = RegistryCheck(host=record.host, repository=repository, tag=tag)
        access = access_to(record.host, record)
        try:
            answer = await self._ask(access, asked)
        except RegistryError as error:
            answer = RegistryCheck(
                host=record.host, repository=repository, tag=tag, code=error.code, detail=error.detail
            )
        async with self._db.begin() as tx:
            if answer.code is None or answer.code in _ABOUT_THE_REPOSITORY:
                await tx.registries.seen(record.host)
            else:
                await tx.registries.missed(record.host, error=answer.detail or answer.code)
        return answer

    async def _ask(self, access: RegistryAccess, asked: RegistryCheck) -> RegistryCheck:
        if asked.repository is None:
            shown = await self._clients.probe(access, deadline_seconds=_CHECK_SECONDS)
            unproved = not shown and not isinstance(access.credential, Anonymous)
            return replace(asked, detail=_UNPROVED) if unproved else asked
        if asked.tag is None:
            tags = await self._clients.tags(access, asked.repository, deadline_seconds=_CHECK_SECONDS)
            return RegistryCheck(host=asked.host, repository=asked.repository, tag=None, tags=len(tags))
        resolved = await self._clients.resolve(access, asked.repository, asked.tag, deadline_seconds=_CHECK_SECONDS)
        if resolved is None:
            return RegistryCheck(
                host=asked.host,
                repository=asked.repository,
                tag=asked.tag,
                code=_TAG_UNKNOWN,
                detail=f"The registry answers, but has no {asked.repository}:{asked.tag}.",
            )
        return RegistryCheck(host=asked.host, repository=asked.repository, tag=asked.tag, **vars(resolved))


class Polls:
    """Repositories that are polled, in case a delivery is lost or their registry sends none."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, grant: ListGrant, *, after: str | None, limit: int) -> Page[PollRecord]:
        """A page by repository, for an actor who sees everything; `after` is the last one of the previous page."""
        if not grant.everything:
            return Page(items=(), next=None)
        async with self._db.read() as tx:
            return await tx.polls.list(limit=limit, after=after)

    async def put(self, grant: AdminGrant, repository: str, *, seconds: int) -> PollRecord:
        """Poll it every `seconds`. The first poll stores the existing tags as known and deploys nothing.

        Raises `InvalidRequestError` for a malformed repository, `NameTakenError` if a concurrent request added it.
        """
        name = folded_repository(repository)
        try:
            async with self._db.begin() as tx:
                known = await tx.polls.find(name)
                if known is None:
                    record = await tx.polls.add(name, seconds=seconds)
                else:
                    soon = datetime.now(UTC) + timedelta(seconds=seconds)
                    record = await tx.polls.change(known.id, seconds=seconds, next_at=min(known.next_at, soon))
                await tx.image_pushes.notify()
                target = Target(kind="poll", id=record.id, name=name)
                before = {"seconds": known.seconds} if known else None
                await tx.audit.add(
                    AuditEntry.by(grant.caller, "poll.stored", target, before=before, after={"seconds": seconds})
                )
                return record
        except DuplicateNameError:
            raise NameTakenError("poll", name) from None

    async def delete(self, grant: AdminGrant, repository: str) -> None:
        """Stop polling it. Raises `InvalidRequestError`, or `NotFoundError` if it is not polled."""
        async with self._db.begin() as tx:
            known = await tx.polls.find(folded_repository(repository))
            if known is None:
                raise NotFoundError("poll", repository)
            await tx.polls.delete(known.id)
            target = Target(kind="poll", id=known.id, name=known.repository)
            await tx.audit.add(AuditEntry.by(grant.caller, "poll.removed", target, before={"seconds": known.seconds}))


def _target(record: RegistryRecord) -> Target:
    return Target(kind="registry", id=None, name=record.host)


def _shown(record: RegistryRecord) -> dict[str, object]:
    """Without the secret: that a stored one was replaced shows by the entry itself."""
    return {"plain_http": record.plain_http, "kind": record.kind.value, "username": record.username}


def _require_everything(grant: ListGrant, what: str, name: str) -> None:
    """What belongs to no application is seen by those who see everything. Raises `NotFoundError`."""
    if not grant.everything:
        raise NotFoundError(what, name)


def folded_host(host: str) -> str:
    """The host in normal form, lower-case with its port; raises `InvalidRequestError` if it is malformed."""
    parsed = try_parse_image(f"{host}/any/image")
    if (
        parsed is None or parsed.repository != "any/image"
    ):  # otherwise the parser took the host for a path on Docker Hub
        raise InvalidRequestError(
            "Name the registry as in image references, with its port: registry.example or registry.example:5000.",
            field="host",
        )
    try:
        RegistryAccess(host=parsed.registry).origin  # noqa: B018 - the property checks the port
    except RegistryNameError as error:
        raise InvalidRequestError(error.detail, field="host") from None
    return parsed.registry


def folded_repository(text: str) -> str:
    """The repository in normal form, with its registry; raises `InvalidRequestError` for any other text."""
    parsed = try_parse_image(text)
    if parsed is None or parsed.tag is not None or parsed.digest is not None:
        raise InvalidRequestError(
            "Name the repository with its registry and without a tag, as registry.example/shop/web.",
            field="repository",
        )
    return parsed.full_name
