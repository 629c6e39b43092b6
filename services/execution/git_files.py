"""The files of a branch with the lines that are handed over to it. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.hand_overs import OwnerEdit
from services.execution.handing_over import OwnerChangedError
from services.git.access import GitAccess
from services.git.repositories import GitRepositories
from services.planning.git.line_edits import by_file, edited_lines


@dataclass(frozen=True, kw_only=True)
class FilesAtHead:
    """The files of a branch at its head `commit`; `lacking` are the new texts of those without their lines."""

    commit: str
    lacking: Mapping[str, str]


async def read_files(git: GitRepositories, access: GitAccess, branch: str, edits: Sequence[OwnerEdit]) -> FilesAtHead:
    """Raises `GitError`s; `OwnerChangedError` where lines are neither as the plan read them nor as it wants them."""
    wanted = by_file(edits)
    found = await git.read(access, branch=branch, paths=wanted)
    lacking = {}
    for path, own in wanted.items():
        text = edited_lines(found.texts[path], own)
        if text is None:
            raise OwnerChangedError(
                f"{path} has other lines on the branch {branch} than the plan read: somebody has changed the image "
                "there meanwhile. Plan again."
            )
        if text != found.texts[path]:
            lacking[path] = text
    return FilesAtHead(commit=found.commit, lacking=lacking)
