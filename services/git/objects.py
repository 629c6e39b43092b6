"""The objects of one commit, in memory, and the files that it has. No I/O."""

import stat
from dataclasses import dataclass
from typing import TypeVar

from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree

from services.git.errors import GitFileUnusableError, GitMalformedError

_T = TypeVar("_T", bound=ShaFile)
_MAX_FILE_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Objects:
    """What was fetched of the commit `head` of a repository on `server`."""

    server: str
    head: ObjectID
    store: MemoryObjectStore

    def file_id(self, path: str) -> ObjectID:
        """The id of a file's content. Raises `GitFileUnusableError` where there is none at this path."""
        tree: Tree = self._tree(self._commit().tree)
        *folders, name = path.split("/")
        for folder in folders:
            mode, found = _member(tree, folder)
            if mode is None or not stat.S_ISDIR(mode):
                raise GitFileUnusableError(self.server, f"There is no file {path} at the head of the branch.")
            tree = self._tree(found)
        mode, found = _member(tree, name)
        if mode is None:
            raise GitFileUnusableError(self.server, f"There is no file {path} at the head of the branch.")
        if not stat.S_ISREG(mode):
            raise GitFileUnusableError(
                self.server, f"{path} is a folder, a link or a submodule, and no file: name the file."
            )
        return found

    def text(self, path: str) -> str:
        """The content of a file, which was fetched. Raises `GitFileUnusableError`."""
        content = self._of(self.file_id(path), Blob).as_raw_string()
        if len(content) > _MAX_FILE_BYTES:
            raise GitFileUnusableError(self.server, f"{path} is larger than {_MAX_FILE_BYTES // 1024} KiB.")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise GitFileUnusableError(self.server, f"{path} is no text in UTF-8.") from None

    def _commit(self) -> Commit:
        return self._of(self.head, Commit)

    def _tree(self, tree_id: ObjectID) -> Tree:
        return self._of(tree_id, Tree)

    def _of(self, object_id: ObjectID, kind: type[_T]) -> _T:
        try:
            found = self.store[object_id]
        except KeyError:
            found = None
        if not isinstance(found, kind):
            raise GitMalformedError(self.server, "Its answer lacks a part of the commit.")
        return found


def _member(tree: Tree, name: str) -> tuple[int | None, ObjectID]:
    try:
        return tree[name.encode()]
    except KeyError:
        return None, ObjectID(b"")
