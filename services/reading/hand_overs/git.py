"""Finds the lines of files in Git repositories that bring workloads their images. Reads only."""

import asyncio

from db.transaction import Database
from domain.hand_overs import HandOver
from services.git.repositories import GitRepositories
from services.kube.deadline import Deadline
from services.planning.git.planned_files import NamedImage, planned_files
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.reading.git_access import opened_repository
from services.reading.hand_overs.planning import WorkloadPlace


class GitPlanner:
    """`services.reading.hand_overs.planning.HandOverPlanner` for files of Git repositories."""

    def __init__(self, db: Database, git: GitRepositories) -> None:
        self._db = db
        self._git = git

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
        """Raises `GitError`s, and `NotFoundError` where the repository is not stored any more."""
        del deadline  # an exchange with a Git server is bounded by itself
        named = _named(asked, place)
        if isinstance(named, Refusal):
            return named
        opened = await opened_repository(self._db, asked.owner.name)
        paths = [each.path for each in named]
        found = await self._git.read(opened.access, branch=asked.owner.namespace, paths=paths)
        planned = await asyncio.to_thread(planned_files, found.texts, named)
        if isinstance(planned, Refusal):
            return planned
        touches = (*planned.touches, *_other_clusters(named, place))
        return {
            key: HandOver(delivery=asked.delivery, owner=asked.owner, edits=edits, touches=touches)
            for key, edits in planned.edits.items()
        }


def _named(asked: OwnerChanges, place: WorkloadPlace) -> list[NamedImage] | Refusal:
    """The file of each container, as it is set now."""
    found = []
    for change in asked.changes:
        file = place.target.deliveries.file_of(change.workload)
        if file is None or (file.repository, file.branch) != (asked.owner.name, asked.owner.namespace):
            return Refusal(
                code="git-file-unset",
                detail=f"The file that names the images of {change.workload.label} was changed meanwhile. Plan again.",
            )
        found.append(NamedImage(change=change, file=file, path=file.on(place.cluster.name)))
    return found


def _other_clusters(named: list[NamedImage], place: WorkloadPlace) -> list[str]:
    """Which clusters take the same images from the same files."""
    told = []
    for path in dict.fromkeys(each.path for each in named):
        others = [
            cluster.name
            for cluster in place.target.environment.clusters
            if cluster.name != place.cluster.name
            and any(each.path == path and each.file.on(cluster.name) == path for each in named)
        ]
        if others:
            told.append(f"{path} names the images of {' and '.join(others)}, too, which get them at the same time.")
    return told
