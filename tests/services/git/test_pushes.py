"""Pushing a commit to a real Git server on loopback: what it has, whose work it never overwrites, what is refused."""

from collections.abc import AsyncIterator

import pytest

from services.git.access import GitAccess
from services.git.errors import GitDeniedError, GitFileUnusableError, GitHeadMovedError, GitPushRefusedError
from services.git.repositories import GitRepositories, NewCommit
from services.net.addresses import AddressPolicy
from tests.support.git_server import GitServer, git_server

_FILES = {"apps/web/values.yaml": "tag: 1\n", "apps/api/values.yaml": "tag: 1\n", "README.md": "Shop\n"}


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[GitServer]:
    async with git_server(tmp_path) as server:
        server.create("shop", _FILES)
        yield server


@pytest.fixture
async def git() -> AsyncIterator[GitRepositories]:
    async with GitRepositories(addresses=AddressPolicy(allow_loopback=True, allow_private=True)) as git:
        yield git


def _access(server: GitServer) -> GitAccess:
    return GitAccess.of(server.address("shop"), username=server.username, secret=server.password)


def _commit(parent: str, **texts: str) -> NewCommit:
    named = {f"apps/{name}/values.yaml": text for name, text in texts.items()}
    return NewCommit(branch="main", parent=parent, texts=named, message="Bring web 2\n\nStagecoach-Operation: 7\n")


@pytest.mark.parametrize("filtered", ["true", "false"])
async def test_a_commit_changes_its_files_and_nothing_else(server, git, filtered):
    server.git("shop", "config", "uploadpack.allowfilter", filtered)
    begin = server.head("shop")
    pushed = await git.push(_access(server), _commit(begin, web="tag: 2\n", api="tag: 3\n"))
    assert server.head("shop") == pushed
    assert server.git("shop", "diff", "--name-only", begin, "main").split() == [
        "apps/api/values.yaml",
        "apps/web/values.yaml",
    ]
    assert server.file("shop", "apps/web/values.yaml") == "tag: 2\n"
    server.git("shop", "fsck", "--strict")


async def test_a_commit_names_its_author_and_its_operation(server, git):
    await git.push(_access(server), _commit(server.head("shop"), web="tag: 2\n"))
    shown = server.git("shop", "log", "-1", "--format=%an|%s|%(trailers:key=Stagecoach-Operation,valueonly)", "main")
    assert shown.strip() == "Stagecoach|Bring web 2|7"


async def test_a_file_keeps_its_mode(server, git):
    server.git(
        "shop",
        "fast-import",
        "--quiet",
        text="commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nx\nfrom refs/heads/main^0\n"
        "M 100755 inline apps/web/values.yaml\ndata 7\ntag: 1\n\n",
    )
    await git.push(_access(server), _commit(server.head("shop"), web="tag: 2\n"))
    assert server.git("shop", "ls-tree", "main", "apps/web/values.yaml").startswith("100755 ")


async def test_a_push_of_somebody_else_is_not_overwritten(server, git):
    begin = server.head("shop")
    theirs = server.commit("shop", {"README.md": "Theirs\n"})
    with pytest.raises(GitHeadMovedError):
        await git.push(_access(server), _commit(begin, web="tag: 2\n"))
    assert server.head("shop") == theirs


async def test_a_push_between_our_reading_and_our_own_push_is_not_overwritten(server, git):
    begin = server.head("shop")
    theirs: list[str] = []

    def meanwhile(request: str) -> None:
        if request.startswith("POST") and "receive-pack" in request and not theirs:
            theirs.append(server.commit("shop", {"README.md": "Theirs\n"}))

    server.before = meanwhile
    with pytest.raises(GitHeadMovedError):
        await git.push(_access(server), _commit(begin, web="tag: 2\n"))
    assert server.head("shop") == theirs[0]


async def test_a_branch_on_which_a_hook_takes_nothing_is_said_to_be_protected(server, git):
    hook = server.folder / "shop.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'secret reason' >&2\nexit 1\n")
    hook.chmod(0o755)
    begin = server.head("shop")
    with pytest.raises(GitPushRefusedError, match="main: the branch is protected") as refused:
        await git.push(_access(server), _commit(begin, web="tag: 2\n"))
    assert "secret reason" not in refused.value.detail
    assert server.head("shop") == begin


async def test_a_server_that_takes_no_pushes_denies_it(server, git):
    server.git("shop", "config", "http.receivepack", "false")
    with pytest.raises(GitDeniedError):
        await git.push(_access(server), _commit(server.head("shop"), web="tag: 2\n"))


async def test_a_commit_adds_files_and_their_folders(server, git):
    new = NewCommit(
        branch="main", parent=server.head("shop"), texts={"apps/new/web.yaml": "kind: Service\n"}, message="Add\n"
    )
    await git.push(_access(server), new)
    assert server.file("shop", "apps/new/web.yaml") == "kind: Service\n"
    assert "100644" in server.git("shop", "ls-tree", "main", "apps/new/web.yaml")
    server.git("shop", "fsck", "--strict")


async def test_a_new_file_takes_the_place_of_nothing_else(server, git):
    head = server.head("shop")
    for path in ("README.md/web.yaml", "apps"):
        with pytest.raises(GitFileUnusableError):
            await git.push(
                _access(server), NewCommit(branch="main", parent=head, texts={path: "x: 1\n"}, message="Add\n")
            )
    assert server.head("shop") == head
