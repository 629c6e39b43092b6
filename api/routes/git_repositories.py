"""Git repositories with their credentials, and what an image's change would be in one of their files."""

from typing import Annotated

from fastapi import Path

from api.authentication import Admin, Lister, Maintainer
from api.dependencies import GitRepositoriesDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, wrap
from api.responses import problems
from api.schemas.base import NAME_PATTERN
from api.schemas.git_repositories import (
    GitImageEditRead,
    GitImageEditRequest,
    GitRepositoryCheckRead,
    GitRepositoryCheckRequest,
    GitRepositoryPage,
    GitRepositoryPut,
    GitRepositoryRead,
)
from services.inventory.git_repositories import EditedAtHead, GitRepositoryCheck
from services.reading.permissions import Permissions

router = guarded_router(prefix="/git-repositories", tags=["git"])

NamePath = Annotated[str, Path(pattern=NAME_PATTERN, description="Its name in Stagecoach.", examples=["shop-config"])]


@router.get("", operation_id="listGitRepositories", summary="List Git repositories by name", responses=problems())
async def list_git_repositories(
    grant: Lister, repositories: GitRepositoriesDep, paging: PagingDep
) -> GitRepositoryPage:
    found = await repositories.list(grant, after=paging.after, limit=paging.limit)
    return GitRepositoryPage(
        items=[GitRepositoryRead.of(each) for each in found.items],
        next_cursor=wrap(found.next) if found.next is not None else None,
    )


@router.put(
    "/{git_repository}",
    operation_id="putGitRepository",
    summary="Store a Git repository and its credential",
    description="The credential is stored encrypted and never shown again. It is sent to this address alone.",
    responses=problems(413),
)
async def put_git_repository(
    grant: Admin, git_repository: NamePath, body: GitRepositoryPut, repositories: GitRepositoriesDep
) -> GitRepositoryRead:
    return GitRepositoryRead.of(await repositories.put(grant, git_repository, body.to_repository()))


@router.delete(
    "/{git_repository}",
    operation_id="deleteGitRepository",
    summary="Forget a Git repository and its credential",
    description="Nothing changes in the repository itself.",
    status_code=204,
    responses=problems(404),
)
async def delete_git_repository(grant: Admin, git_repository: NamePath, repositories: GitRepositoriesDep) -> None:
    await repositories.delete(grant, git_repository)


@router.post(
    "/{git_repository}/check",
    operation_id="checkGitRepository",
    summary="Check a Git repository",
    description="If its server fails or refuses the credential, the response says so; that is no error.",
    response_model=GitRepositoryCheckRead,
    responses=problems(404, 413),
)
async def check_git_repository(
    actor: Maintainer, git_repository: NamePath, body: GitRepositoryCheckRequest, repositories: GitRepositoriesDep
) -> GitRepositoryCheck:
    return await repositories.check(Permissions.listing(actor), git_repository, branch=body.branch, path=body.path)


@router.post(
    "/{git_repository}/image/preview",
    operation_id="previewGitImageEdit",
    summary="Preview the change of an image in a file of a Git repository",
    description="Reads the file at the head of the branch and returns the lines that change: those of that image "
    "alone. Nothing is written.",
    response_model=GitImageEditRead,
    responses=problems(404, 409, 413, 424),
)
async def preview_git_image_edit(
    actor: Maintainer, git_repository: NamePath, body: GitImageEditRequest, repositories: GitRepositoriesDep
) -> EditedAtHead:
    return await repositories.preview_edit(
        Permissions.listing(actor),
        git_repository,
        body.place.to_edit(),
        branch=body.branch,
        path=body.path,
        before=body.before,
        after=body.after,
    )
