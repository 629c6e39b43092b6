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
    """The files of a branch at its head `commit`, as far as they are there.

    `lacking` are the new texts of those without their lines, or that are not there yet.
    """

    commit: str
    texts: Mapping[str, str]
    lacking: Mapping[str, str]


async def read_files(git: GitRepositories, access: GitAccess, branch: str, edits: Sequence[OwnerEdit]) -> FilesAtHead:
    """Raises `GitError`s; `OwnerChangedError` where lines are neither as the plan read them nor as it wants them."""
    wanted = by_file(edits)
    added = {path for path, own in wanted.items() if own[0].before is None}
    found = await git.read(access, branch=branch, paths=wanted.keys() - added, may_lack=added)
    lacking = {}
    for path, own in wanted.items():
        there = found.texts.get(path)
        text = own[0].after if path in added else edited_lines(there or "", own)
        if text is None or (path in added and there not in {None, text}):
            raise OwnerChangedError(
                f"{path} has other lines on the branch {branch} than the plan read: somebody has changed it meanwhile. "
                "Plan again."
            )
        if text != there:
            lacking[path] = text
    return FilesAtHead(commit=found.commit, texts=found.texts, lacking=lacking)
