"""Reads files at the head of a branch, without history, and pushes commits on top of it.

Where the server can leave contents out (partial clones: GitHub, GitLab, Gitea, Bitbucket and `git` itself), only the
folders of one commit and the files that are asked for are received; else all files of that commit are, within bounds.

A push takes effect only where the branch is still at the commit on which it stands, which the server compares itself.
"""

import asyncio
import ssl
import struct
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self, TypeVar

from dulwich.client import FetchPackResult
from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    FileFormatException,
    GitProtocolError,
    SendPackError,
    WrongObjectException,
)
from dulwich.object_store import MemoryObjectStore, ObjectStoreGraphWalker
from dulwich.objects import ObjectID, ShaFile
from dulwich.pack import UnpackedObject, pack_objects_to_data
from dulwich.refs import HEADREF, Ref

from services.git.access import GitAccess
from services.git.errors import (
    GitBranchUnknownError,
    GitFileUnusableError,
    GitHeadMovedError,
    GitMalformedError,
    GitPushRefusedError,
)
from services.git.objects import Objects
from services.git.wire import GitWire
from services.net.addresses import AddressPolicy
from services.net.vetted_http import VettedHttp, VettedHttpLimits

_T = TypeVar("_T")
_LIMITS = VettedHttpLimits(seconds=45.0, most_bytes=64 * 1024 * 1024, dns_seconds=60)
_YAML = (".yaml", ".yml", "/Kustomization")
_MOST_FILES = 500  # of the folders that are read at once
_THREADS = 4  # each may hold one commit in memory
_BRANCHES = b"refs/heads/"
_FOLDERS_ALONE = b"blob:none"
_AUTHOR = b"Stagecoach <no-reply@stagecoach.dev>"
# What dulwich raises at bytes that are none of a Git server, or were cut.
_MALFORMED = (
    GitProtocolError,
    FileFormatException,
    WrongObjectException,
    ChecksumMismatch,
    ApplyDeltaError,
    AssertionError,
    EOFError,
    LookupError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The head of a branch, and the text of each file that was asked for and is there, by its path."""

    branch: str
    commit: str
    texts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class NewCommit:
    """Files with their new texts, some of them new, on top of the commit `parent`, which is the head of `branch`.

    With `new_branch` it becomes the head of that one, which must not be there yet, and `branch` stays.
    """

    branch: str
    parent: str
    texts: Mapping[str, str]
    message: str
    new_branch: str | None = None

    @property
    def target(self) -> str:
        """The branch whose head it becomes."""
        return self.new_branch or self.branch


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """As `GitRepositories.read` takes it."""

    paths: frozenset[str]
    may_lack: frozenset[str]
    folders: frozenset[str]

    def of(self, objects: Objects) -> Sequence[str]:
        """The paths of the files to read. Raises `GitFileUnusableError` where a folder has too many."""
        listed = [path for folder in self.folders for path in objects.files_in(folder) if path.endswith(_YAML)]
        if len(listed) > _MOST_FILES:
            raise GitFileUnusableError(
                objects.server, f"There are more than {_MOST_FILES} files in {' and '.join(sorted(self.folders))}."
            )
        there = [path for path in self.may_lack if objects.has_file(path)]
        return sorted({*self.paths, *there, *listed})


class GitRepositories:
    """One session for all Git servers. Use it as an async context manager."""

    def __init__(self, *, addresses: AddressPolicy, trust: ssl.SSLContext | None = None) -> None:
        self._http = VettedHttp(addresses=addresses, limits=_LIMITS, trust=trust)
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="git")

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def read(
        self,
        access: GitAccess,
        *,
        branch: str | None,
        paths: Iterable[str] = (),
        may_lack: Iterable[str] = (),
        folders: Iterable[str] = (),
    ) -> Snapshot:
        """The files at the head of the branch; without a branch, of the one that the server names first.

        Those of `may_lack` are left out where they are not there; of `folders`, all files with YAML are read. Raises
        `GitError`.
        """
        wanted = _Wanted(paths=frozenset(paths), may_lack=frozenset(may_lack), folders=frozenset(folders))
        return await self._in_thread(access, lambda wire: _read(wire, access, branch, wanted))

    async def push(self, access: GitAccess, new: NewCommit) -> str:
        """The id of the commit, which is the head of its branch now.

        Raises `GitHeadMovedError` where somebody else has pushed meanwhile, and other `GitError`s. After one that is
        not terminal the commit may be there all the same: read the branch again.
        """
        return await self._in_thread(access, lambda wire: _push(wire, access, new))

    async def _in_thread(self, access: GitAccess, work: Callable[[GitWire], _T]) -> _T:
        loop = asyncio.get_running_loop()
        wire = GitWire(access, self._http, loop)
        try:
            return await loop.run_in_executor(self._threads, work, wire)
        except _MALFORMED:
            raise GitMalformedError(
                access.server, "The server does not answer as a Git server does, or the answer was cut."
            ) from None


def _read(wire: GitWire, access: GitAccess, branch: str | None, wanted: _Wanted) -> Snapshot:
    name, objects = _fetched(wire, access, branch)
    paths = wanted.of(objects)
    lacking = [found for path in paths if (found := objects.file_id(path)) not in objects.store]
    if lacking:
        _fetch(wire, objects.store, lambda _: lacking)
    texts = {path: objects.text(path) for path in paths}
    return Snapshot(branch=name, commit=objects.head.decode(), texts=texts)


def _push(wire: GitWire, access: GitAccess, new: NewCommit) -> str:
    _, objects = _fetched(wire, access, new.branch)
    moved = GitHeadMovedError(access.server, f"Somebody else has pushed to the branch {new.target} meanwhile.")
    if objects.head != new.parent.encode():
        raise moved
    added = objects.with_files(new.texts, author=_AUTHOR, message=new.message, at=int(time.time()))
    ref, former = Ref(_BRANCHES + new.target.encode()), objects.head if new.new_branch is None else None
    if not _sent(wire, ref, added, former=former):
        if _head(wire, ref) != former:
            raise moved
        raise GitPushRefusedError(
            access.server,
            f"It does not take a commit on the branch {new.target}: the branch is protected, or a hook refuses it.",
        )
    return added[0].id.decode()


def _sent(wire: GitWire, ref: Ref, added: Sequence[ShaFile], *, former: ObjectID | None) -> bool:
    """Whether the server has moved the branch from `former` (None: it is not there) to the first of these objects."""

    def pack(*_: object, **__: object) -> tuple[int, Iterator[UnpackedObject]]:
        return pack_objects_to_data(added)

    asked: list[ObjectID] = []

    def updates(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
        # The server compares with what it has told here, which need not be what was read before.
        if refs.get(ref) == former:
            asked.append(added[0].id)
            return {ref: added[0].id}
        return {}

    try:
        result = wire.send_pack("", updates, pack)
    except SendPackError:  # its unpacking or one of its hooks has failed
        return False
    return bool(asked) and (result.ref_status or {}).get(ref) is None


def _head(wire: GitWire, ref: Ref) -> ObjectID | None:
    return wire.get_refs("", ref_prefix=[ref]).refs.get(ref)


def _fetched(wire: GitWire, access: GitAccess, branch: str | None) -> tuple[str, Objects]:
    """The branch and its newest commit, without the contents of its files where the server can leave them out."""
    store = MemoryObjectStore()
    name = branch or _first_branch(wire, access)
    ref = Ref(_BRANCHES + name.encode())
    found = _fetch(wire, store, lambda refs: [refs[ref]] if ref in refs else [], of=ref)
    head = found.refs.get(ref)
    if head is None:
        raise GitBranchUnknownError(access.server, f"The repository {access.url.path} has no branch {name}.")
    return name, Objects(server=access.server, head=head, store=store)


def _first_branch(wire: GitWire, access: GitAccess) -> str:
    refs = wire.get_refs("", ref_prefix=[b"HEAD"])
    head = refs.symrefs.get(HEADREF)
    if head is None or not head.startswith(_BRANCHES):
        raise GitBranchUnknownError(
            access.server, f"The repository {access.url.path} names no branch first, or is empty: name one."
        )
    return head.removeprefix(_BRANCHES).decode()


def _fetch(
    wire: GitWire,
    store: MemoryObjectStore,
    wants: Callable[[Mapping[Ref, ObjectID]], list[ObjectID]],
    *,
    of: Ref | None = None,
) -> FetchPackResult:
    """Receive what is wanted: of a branch its newest commit, else these objects alone."""
    pack, commit, abort = store.add_pack()
    try:
        found = wire.fetch_pack(
            "",
            lambda refs, depth=None: wants(refs),  # noqa: ARG005  as dulwich calls it
            ObjectStoreGraphWalker([], lambda _: []),  # nothing is there yet
            pack.write,
            depth=1 if of else None,
            ref_prefix=[of] if of else [b"refs/none/"],
            filter_spec=_FOLDERS_ALONE if of else None,
        )
    except BaseException:
        abort()
        raise
    commit()
    return found
