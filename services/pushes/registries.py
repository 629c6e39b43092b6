"""Image registries that Stagecoach asks, and with what; and the repositories in them that it looks at by itself.

A credential goes in and is never shown again. Nothing here changes anything at a registry.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from db.errors import DuplicateNameError
from db.records import Page, PollRecord, RegistryRecord
from db.transaction import Database
from domain.image_references import try_parse_image
from domain.words import CredentialKind
from services.errors import InvalidRequestError, NameTakenError, NotFoundError
from services.registry.credentials import Anonymous, Basic, Bearer, Credential, RegistryAccess
from services.registry.errors import RegistryError, RegistryNameError
from services.registry.oci import RegistryClients

_CHECK_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class NewRegistry:
    """How a registry is asked from now on; `secret` is a password or a token."""

    plain_http: bool
    kind: CredentialKind
    username: str | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class RegistryCheck:
    """What a registry answered. `code` and `detail` say what is wrong, None where all is well.

    `tags` are how many a repository has, where one was named without a tag; the others are of the tag that was named.
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
    """The registries, and whether they answer."""

    def __init__(self, db: Database, clients: RegistryClients) -> None:
        self._db = db
        self._clients = clients

    async def list(self, *, after: str | None, limit: int) -> Page[RegistryRecord]:
        """By host."""
        async with self._db.read() as tx:
            return await tx.registries.list(limit=limit, after=after)

    async def get(self, host: str) -> RegistryRecord:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            found = await tx.registries.find(folded_host(host))
        if found is None:
            raise NotFoundError("registry", host)
        return found

    async def put(self, host: str, new: NewRegistry) -> RegistryRecord:
        """Ask it so from now on; what could not be looked up there is looked up again. Raises `InvalidRequestError`."""
        host = folded_host(host)
        try:
            async with self._db.begin() as tx:
                record = await tx.registries.put(
                    host, plain_http=new.plain_http, kind=new.kind, username=new.username, secret=new.secret
                )
                await tx.lookups.requeue_after(host)
                return record
        except DuplicateNameError:  # two put it at the same moment: this one comes second
            return await self.put(host, new)

    async def delete(self, host: str) -> None:
        """Forget it with its credential. Raises `NotFoundError`."""
        record = await self.get(host)
        async with self._db.begin() as tx:
            await tx.registries.delete(record.host)

    async def check(self, host: str, *, repository: str | None, tag: str | None) -> RegistryCheck:
        """Ask it now; that it does not do its part is an answer, too. Raises `NotFoundError`."""
        record = await self.get(host)
        asked = RegistryCheck(host=record.host, repository=repository, tag=tag)
        access = access_to(record.host, record)
        try:
            found = await self._ask(access, asked)
        except RegistryError as error:
            found = RegistryCheck(
                host=record.host, repository=repository, tag=tag, code=error.code, detail=error.detail
            )
        async with self._db.begin() as tx:
            if found.code is None:
                await tx.registries.seen(record.host)
            else:
                await tx.registries.missed(record.host, error=found.detail or found.code)
        return found

    async def _ask(self, access: RegistryAccess, asked: RegistryCheck) -> RegistryCheck:
        if asked.repository is None:
            await self._clients.probe(access, deadline_seconds=_CHECK_SECONDS)
            return asked
        if asked.tag is None:
            tags = await self._clients.tags(access, asked.repository, deadline_seconds=_CHECK_SECONDS)
            return RegistryCheck(host=asked.host, repository=asked.repository, tag=None, tags=len(tags))
        resolved = await self._clients.resolve(access, asked.repository, asked.tag, deadline_seconds=_CHECK_SECONDS)
        if resolved is None:
            return RegistryCheck(
                host=asked.host,
                repository=asked.repository,
                tag=asked.tag,
                code="tag-unknown",
                detail=f"The registry answers, and knows no {asked.repository}:{asked.tag}.",
            )
        return RegistryCheck(host=asked.host, repository=asked.repository, tag=asked.tag, **vars(resolved))


class Polls:
    """Repositories that are looked at from time to time, in case a registry's report is lost, or none is sent."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, *, after: str | None, limit: int) -> Page[PollRecord]:
        """By repository."""
        async with self._db.read() as tx:
            return await tx.polls.list(limit=limit, after=after)

    async def put(self, repository: str, *, seconds: int) -> PollRecord:
        """Look at it so often. The first look only learns what is there. Raises `InvalidRequestError`."""
        name = folded_repository(repository)
        try:
            async with self._db.begin() as tx:
                known = await tx.polls.find(name)
                if known is None:
                    record = await tx.polls.add(name, seconds=seconds)
                else:
                    soon = datetime.now(UTC) + timedelta(seconds=seconds)
                    record = await tx.polls.change(known.id, seconds=seconds, next_at=min(known.next_at, soon))
                await tx.image_pushes.ring()
                return record
        except DuplicateNameError:
            raise NameTakenError("poll", name) from None

    async def delete(self, repository: str) -> None:
        """Look at it no more. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            known = await tx.polls.find(folded_repository(repository))
            if known is None:
                raise NotFoundError("poll", repository)
            await tx.polls.delete(known.id)


def folded_host(host: str) -> str:
    """The host as image names are folded to it; raises `InvalidRequestError` for what can be none."""
    parsed = try_parse_image(f"{host}/any/image")
    if parsed is None or parsed.repository != "any/image":  # else it is read as a path of Docker Hub's
        raise InvalidRequestError(
            "A registry is named as in image names, with its port: registry.example or registry.example:5000.",
            field="host",
        )
    try:
        RegistryAccess(host=parsed.registry).origin  # noqa: B018 - it checks the port, too
    except RegistryNameError as error:
        raise InvalidRequestError(error.detail, field="host") from None
    return parsed.registry


def folded_repository(text: str) -> str:
    """A repository with its registry; raises `InvalidRequestError`."""
    parsed = try_parse_image(text)
    if parsed is None or parsed.tag is not None or parsed.digest is not None:
        raise InvalidRequestError(
            "A repository is named with its registry and without a tag, as registry.example/shop/web.",
            field="repository",
        )
    return parsed.full_name


def split_repository(folded: str) -> tuple[str, str]:
    """Host and path of a repository as rows keep it."""
    host, _, path = folded.partition("/")
    return host, path


def access_to(host: str, record: RegistryRecord | None) -> RegistryAccess:
    """What a registry is asked with; anonymously where nothing is stored."""
    if record is None:
        return RegistryAccess(host=host)
    return RegistryAccess(host=host, plain_http=record.plain_http, credential=_credential(record))


def _credential(record: RegistryRecord) -> Credential:
    match record.kind:
        case CredentialKind.BASIC:
            return Basic(username=record.username or "", password=record.secret or "")
        case CredentialKind.BEARER:
            return Bearer(token=record.secret or "")
        case CredentialKind.ANONYMOUS:
            return Anonymous()
