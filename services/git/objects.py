"""The objects of one commit, in memory: the files that it has, and the commit on top of it with other ones. No I/O."""

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dulwich.object_store import MemoryObjectStore, commit_tree_changes
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree

from services.git.errors import GitFileUnusableError, GitMalformedError

_T = TypeVar("_T", bound=ShaFile)
_MAX_FILE_BYTES = 1024 * 1024
_PLAIN_FILE = stat.S_IFREG | 0o644


@dataclass(frozen=True, kw_only=True)
class Objects:
    """What was fetched of the commit `head` of a repository on `server`."""

    server: str
    head: ObjectID
    store: MemoryObjectStore

    def file_id(self, path: str) -> ObjectID:
        """The id of a file's content. Raises `GitFileUnusableError` where there is none at this path."""
        found = self._find(path)
        if found is None:
            raise GitFileUnusableError(self.server, f"There is no file {path} at the head of the branch.")
        return found[1]

    def has_file(self, path: str) -> bool:
        """Raises `GitFileUnusableError` where something else is at this path."""
        return self._find(path) is not None

    def files_in(self, folder: str) -> Mapping[str, ObjectID]:
        """The ids of the contents of the files in a folder, by their paths; none where there is no such folder.

        Raises `GitFileUnusableError` where it is no folder.
        """
        tree = self._folder(folder, below=folder)
        if tree is None:
            return {}
        names = {entry.path.decode(errors="replace"): entry for entry in tree.items()}
        return {f"{folder}/{name}": entry.sha for name, entry in names.items() if stat.S_ISREG(entry.mode)}

    def with_files(self, texts: Mapping[str, str], *, author: bytes, message: str, at: int) -> Sequence[ShaFile]:
        """What is new in a commit on top of this one in which files have these texts; the commit itself comes first.

        A file that is not there is added, with its folders. Raises `GitFileUnusableError`.
        """
        known = set(self.store)
        changes = []
        for path, text in texts.items():
            found = self._find(path)
            mode = found[0] if found is not None else _PLAIN_FILE
            blob = Blob.from_string(text.encode())
            self.store.add_object(blob)
            changes.append((path.encode(), mode, blob.id))
        commit = Commit()
        commit.tree = commit_tree_changes(self.store, self._tree(self._commit().tree), changes)
        commit.parents = [self.head]
        commit.author = commit.committer = author
        commit.author_time = commit.commit_time = at
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = b"UTF-8"
        commit.message = message.encode()
        return [commit, *(self.store[each] for each in set(self.store) - known)]

    def text(self, path: str) -> str:
        """The content of a file, which was fetched. Raises `GitFileUnusableError`."""
        content = self._of(self.file_id(path), Blob).as_raw_string()
        if len(content) > _MAX_FILE_BYTES:
            raise GitFileUnusableError(self.server, f"{path} is larger than {_MAX_FILE_BYTES // 1024} KiB.")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise GitFileUnusableError(self.server, f"{path} is no text in UTF-8.") from None

    def _find(self, path: str) -> tuple[int, ObjectID] | None:
        """The mode of a file, and the id of its content; None where nothing is at this path."""
        folder, _, name = path.rpartition("/")
        tree = self._folder(folder, below=path)
        mode, found = _member(tree, name) if tree is not None else (None, ObjectID(b""))
        if mode is None:
            return None
        if not stat.S_ISREG(mode):
            raise GitFileUnusableError(
                self.server, f"{path} is a folder, a link or a submodule, and no file: name the file."
            )
        return mode, found

    def _folder(self, path: str, *, below: str) -> Tree | None:
        """None where it is not there. Raises `GitFileUnusableError`, about `below`, where a part of it is no folder."""
        tree = self._tree(self._commit().tree)
        for name in filter(None, path.split("/")):
            mode, found = _member(tree, name)
            if mode is None:
                return None
            if not stat.S_ISDIR(mode):
                raise GitFileUnusableError(self.server, f"There is no file {below}: {name} is no folder.")
            tree = self._tree(found)
        return tree

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
