"""Git repositories with their credentials: stored, checked, and what an image's change would be in one of their files.

A stored credential is never shown again.
"""

from dataclasses import dataclass, replace

from yarl import URL

from db.errors import DuplicateNameError
from db.records.git_repositories import GitRepositoryRecord
from db.records.pages import Page
from db.transaction import Database
from domain.audit import AuditEntry, Target
from domain.credentials import EnteredCredential
from domain.grants import AdminGrant, ListGrant
from domain.words import GitProvider
from services.errors import InvalidRequestError, NotFoundError
from services.git.access import repository_url
from services.git.errors import OF_THE_REPOSITORY, GitAddressError, GitError
from services.git.providers.calls import repository_path
from services.git.repositories import GitRepositories, Snapshot
from services.manifests.image_edit import edit_image
from services.planning.git.image_edits import ChangedLine, ImageEdit, ManifestEdit
from services.reading.git_access import access_to


@dataclass(frozen=True, kw_only=True)
class NewGitRepository:
    """Where a repository is cloned from, with which credential, and whose pull requests change it (None: pushes)."""

    url: str
    credential: EnteredCredential
    pull_requests: GitProvider | None = None


@dataclass(frozen=True, kw_only=True)
class GitRepositoryCheck:
    """What the server answered. `code` names the problem, None if there is none; `detail` is about it."""

    name: str
    branch: str | None
    path: str | None
    commit: str | None = None
    code: str | None = None
    detail: str | None = None

    @property
    def well(self) -> bool:
        return self.code is None


@dataclass(frozen=True, kw_only=True)
class EditedAtHead:
    """The lines of a file that an image's change changes, and the commit in which the file was read."""

    branch: str
    commit: str
    path: str
    lines: tuple[ChangedLine, ...]


class StoredGitRepositories:
    """Reads, stores, deletes and checks Git repositories, and previews changes of their files."""

    def __init__(self, db: Database, git: GitRepositories) -> None:
        self._db = db
        self._git = git

    async def list(self, grant: ListGrant, *, after: str | None, limit: int) -> Page[GitRepositoryRecord]:
        """A page by name, for an actor who sees everything; `after` is the last name of the previous page."""
        if not grant.everything:
            return Page(items=(), next=None)
        async with self._db.read() as tx:
            return await tx.git_repositories.list(limit=limit, after=after)

    async def put(self, grant: AdminGrant, name: str, new: NewGitRepository) -> GitRepositoryRecord:
        """Add or replace it.

        Raises `InvalidRequestError` for an address that is none of a repository, or none that a provider knows.
        """
        url = _folded(new.url)
        _require_known_to(new.pull_requests, url)
        try:
            async with self._db.begin() as tx:
                former = await tx.git_repositories.find(name)
                record = await tx.git_repositories.put(
                    name, url=url, pull_requests=new.pull_requests, **vars(new.credential)
                )
                await tx.audit.add(
                    AuditEntry.by(
                        grant.caller,
                        "git-repository.stored",
                        _target(record),
                        before=_shown(former) if former else None,
                        after=_shown(record),
                    )
                )
                return record
        except DuplicateNameError:  # a concurrent request added it: replace that one
            return await self.put(grant, name, new)

    async def delete(self, grant: AdminGrant, name: str) -> None:
        """Delete it with its credential; the repository itself stays. Raises `NotFoundError`."""
        record = await self._stored(name)
        async with self._db.begin() as tx:
            await tx.git_repositories.delete(record.id)
            await tx.audit.add(
                AuditEntry.by(grant.caller, "git-repository.removed", _target(record), before=_shown(record))
            )

    async def check(self, grant: ListGrant, name: str, *, branch: str | None, path: str | None) -> GitRepositoryCheck:
        """Ask its server now. A failure of it is a result, no error. Raises `NotFoundError` if it is not stored."""
        record = await self._seen(grant, name)
        asked = GitRepositoryCheck(name=record.name, branch=branch, path=path)
        try:
            found = await self._read(record, branch=branch, paths=(path,) if path is not None else ())
        except GitError as error:
            return replace(asked, code=error.code, detail=error.detail)
        return replace(asked, branch=found.branch, commit=found.commit)

    async def preview_edit(
        self, grant: ListGrant, name: str, edit: ImageEdit, *, branch: str | None, path: str, before: str, after: str
    ) -> EditedAtHead:
        """The lines of a file at the head of the branch that give it the image `after`.

        Raises `NotFoundError`, `GitError`, `InvalidRequestError` and `ImageEditRefusedError`.
        """
        record = await self._seen(grant, name)
        edit = await self._as_declared(edit)
        found = await self._read(record, branch=branch, paths=(path,))
        edited = await edit_image(found.texts[path], edit, before=before, after=after)
        return EditedAtHead(branch=found.branch, commit=found.commit, path=path, lines=edited.lines)

    async def _as_declared(self, edit: ImageEdit) -> ImageEdit:
        """With what is declared of the kind, where the image is that of an object of a declared kind."""
        if not isinstance(edit, ManifestEdit):
            return edit
        async with self._db.read() as tx:
            found = await tx.declared_kinds.find(edit.group, edit.kind)
        return replace(edit, declared=found.declaration) if found is not None else edit

    async def _read(self, record: GitRepositoryRecord, *, branch: str | None, paths: tuple[str, ...]) -> Snapshot:
        """What is at the head now; whether the server answered is noted."""
        try:
            found = await self._git.read(access_to(record), branch=branch, paths=paths)
        except GitError as error:
            async with self._db.begin() as tx:
                if isinstance(error, OF_THE_REPOSITORY):
                    await tx.git_repositories.seen(record.id)
                else:
                    await tx.git_repositories.missed(record.id, error=error.detail)
            raise
        async with self._db.begin() as tx:
            await tx.git_repositories.seen(record.id)
        return found

    async def _seen(self, grant: ListGrant, name: str) -> GitRepositoryRecord:
        """What belongs to no application is seen by those who see everything. Raises `NotFoundError`."""
        if not grant.everything:
            raise NotFoundError("Git repository", name)
        return await self._stored(name)

    async def _stored(self, name: str) -> GitRepositoryRecord:
        async with self._db.read() as tx:
            record = await tx.git_repositories.find(name)
        if record is None:
            raise NotFoundError("Git repository", name)
        return record


def _require_known_to(provider: GitProvider | None, url: str) -> None:
    """Raises `InvalidRequestError` where the address has no owner, by whom each provider's interface names it."""
    if provider is not None and len(repository_path(URL(url))) < 2:
        raise InvalidRequestError(
            f"The interface of {provider.value} names a repository by its owner and its name, as in "
            "https://git.example/shop/config.git; this address has one of them only. Correct the address, or leave "
            "'pull_requests' out: changes are then committed to the branch itself.",
            field="url",
        )


def _folded(url: str) -> str:
    try:
        return str(repository_url(url))
    except GitAddressError as error:
        raise InvalidRequestError(error.detail, field="url") from None


def _target(record: GitRepositoryRecord) -> Target:
    return Target(kind="git-repository", id=record.id, name=record.name)


def _shown(record: GitRepositoryRecord) -> dict[str, object]:
    """Without the secret: that a stored one was replaced shows by the entry itself."""
    opens = {"pull_requests": record.pull_requests.value} if record.pull_requests is not None else {}
    return {"url": record.url, "kind": record.kind.value, "username": record.username, **opens}
