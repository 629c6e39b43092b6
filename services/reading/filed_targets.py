"""Reads what the folders of a Git repository hold that clusters are delivered from. Reads only."""

import asyncio
from collections.abc import Sequence

from db.transaction import Database
from domain.hand_overs import OwnerAddress
from domain.stored.git_folders import GitFolder
from services.git.errors import GitFileUnusableError
from services.git.repositories import GitRepositories
from services.planning.git.copies import FiledTargets
from services.planning.git.filed_objects import FiledFolder, UnreadableFileError, filed_folder
from services.reading.git_access import opened_repository


class FolderReader:
    """Reads them at the head of their branch."""

    def __init__(self, db: Database, git: GitRepositories) -> None:
        self._db = db
        self._git = git

    async def read(self, folder: GitFolder, clusters: Sequence[str], *, namespace: str) -> FiledTargets:
        """The folder of each of these clusters. One that is not there yet is empty.

        Raises `GitError`s, and `NotFoundError` where the repository is not stored any more.
        """
        opened = await opened_repository(self._db, folder.repository)
        paths = {folder.on(cluster) for cluster in clusters}
        found = await self._git.read(opened.access, branch=folder.branch, folders=paths)

        def filed() -> dict[str, FiledFolder]:
            return {path: filed_folder(path, found.texts, namespace=namespace) for path in paths}

        try:
            folders = await asyncio.to_thread(filed)
        except UnreadableFileError as unreadable:
            raise GitFileUnusableError(opened.access.server, unreadable.reason) from None
        return FiledTargets(
            owner=OwnerAddress.of_branch(folder.repository, folder.branch),
            folders={cluster: folders[folder.on(cluster)] for cluster in clusters},
        )
