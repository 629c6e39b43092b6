"""Reading a repository of a real Git server on loopback, and what every refusal says."""

import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from services.git.access import GitAccess
from services.git.errors import (
    GitAddressError,
    GitAddressRefusedError,
    GitBranchUnknownError,
    GitBusyError,
    GitDeniedError,
    GitError,
    GitFileUnusableError,
    GitMalformedError,
    GitRepositoryUnknownError,
    GitUnreachableError,
)
from services.git.repositories import GitRepositories
from services.net.addresses import AddressPolicy
from tests.support.git_server import GitServer, git_server, served

_VALUES = "image:\n  tag: 1.4.2\n"
_FILES = {"apps/web/values.yaml": _VALUES, "apps/api/values.yaml": "image: {}\n", "README.md": "Shop\n"}


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[GitServer]:
    async with git_server(tmp_path) as server:
        server.create("shop", _FILES)
        yield server


@pytest.fixture
async def git() -> AsyncIterator[GitRepositories]:
    async with GitRepositories(addresses=AddressPolicy(allow_loopback=True, allow_private=True)) as git:
        yield git


def _access(server: GitServer, name: str = "shop") -> GitAccess:
    return GitAccess.of(server.address(name), username=server.username, secret=server.password)


async def test_files_are_read_at_the_head_of_the_branch_that_the_repository_names_first(server, git):
    server.commit("shop", {"README.md": "Another\n"}, branch="next")
    found = await git.read(_access(server), branch=None, paths=["apps/web/values.yaml", "README.md"])
    assert (found.branch, found.commit) == ("main", server.head("shop"))
    assert found.texts == {"apps/web/values.yaml": _VALUES, "README.md": "Shop\n"}


async def test_files_are_read_at_the_head_of_a_branch_that_is_named(server, git):
    server.commit("shop", {"README.md": "Another\n"}, branch="release/2026")
    found = await git.read(_access(server), branch="release/2026", paths=["README.md"])
    assert (found.commit, found.texts["README.md"]) == (server.head("shop", "release/2026"), "Another\n")


async def test_files_that_nobody_asks_for_are_left_at_the_server(server, git):
    server.commit("shop", {"large.bin": "".join(map(str, range(400_000)))})
    before = server.sent
    await git.read(_access(server), branch="main", paths=["README.md"])
    assert server.sent - before < 10_000


async def test_a_server_that_leaves_nothing_out_is_read_whole(server, git):
    server.git("shop", "config", "uploadpack.allowfilter", "false")
    found = await git.read(_access(server), branch="main", paths=["README.md"])
    assert found.texts["README.md"] == "Shop\n"


async def test_a_server_of_the_former_protocol_is_read_as_well(server, git):
    server.git("shop", "config", "protocol.version", "0")
    server.knows_versions = False
    found = await git.read(_access(server), branch="main", paths=["README.md"])
    assert found.texts["README.md"] == "Shop\n"


async def test_without_files_only_the_head_is_read(server, git):
    found = await git.read(_access(server), branch="main")
    assert (found.commit, found.texts) == (server.head("shop"), {})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("apps/web/missing.yaml", "no file apps/web/missing.yaml"),
        ("nowhere/values.yaml", "no file nowhere/values.yaml"),
        ("README.md/values.yaml", "no file README.md/values.yaml"),
        ("apps/web", "apps/web is a folder"),
    ],
)
async def test_a_path_without_a_file_is_named(server, git, path, says):
    with pytest.raises(GitFileUnusableError, match=says):
        await git.read(_access(server), branch="main", paths=[path])


async def test_a_branch_that_is_not_there_is_named(server, git):
    with pytest.raises(GitBranchUnknownError, match="no branch production"):
        await git.read(_access(server), branch="production")


async def test_an_empty_repository_has_no_branch(server, git):
    server.create("empty", {})
    with pytest.raises(GitBranchUnknownError, match="no branch main"):
        await git.read(_access(server, "empty"), branch=None)


async def test_a_repository_that_is_not_there_is_said_to_be_unknown(server, git):
    with pytest.raises(GitRepositoryUnknownError):
        await git.read(_access(server, "other"), branch="main")


async def test_a_wrong_password_is_said_to_be_refused_and_is_not_repeated(server, git):
    access = GitAccess.of(server.address("shop"), username="stagecoach", secret="wr0ng-secret")
    with pytest.raises(GitDeniedError, match="does not accept the stored credential") as refused:
        await git.read(access, branch="main")
    assert "wr0ng-secret" not in refused.value.detail + repr(access)


async def test_a_repository_that_asks_for_a_credential_says_that_none_is_stored(server, git):
    with pytest.raises(GitDeniedError, match="none is stored"):
        await git.read(GitAccess.of(server.address("shop")), branch="main")


async def test_an_address_that_is_not_allowed_is_not_connected_to(server):
    async with GitRepositories(addresses=AddressPolicy(allow_loopback=False, allow_private=True)) as git:
        with pytest.raises(GitAddressRefusedError, match="loopback"):
            await git.read(_access(server), branch="main")
    assert server.asked == []


async def test_a_server_that_is_not_there_can_be_asked_again_later(git):
    with pytest.raises(GitUnreachableError) as failed:
        await git.read(GitAccess.of("http://127.0.0.1:1/shop.git"), branch="main")
    assert not failed.value.terminal


async def _answer(git: GitRepositories, answer: web.Response) -> GitError:
    """The error for a server that answers everything so."""

    async def same(_: web.Request) -> web.Response:
        return answer.__class__(status=answer.status, headers=answer.headers, body=answer.body)

    async with served(same) as port:
        with pytest.raises(GitError) as failed:
            await git.read(GitAccess.of(f"http://127.0.0.1:{port}/shop", username="a", secret="b"), branch="main")
    return failed.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, GitMalformedError),
        (403, GitDeniedError),
        (429, GitBusyError),
        (503, GitBusyError),
        (418, GitMalformedError),
    ],
)
async def test_a_status_has_its_error(git, status, kind):
    error = await _answer(git, web.Response(status=status, headers={"Location": "https://elsewhere.example"}))
    assert type(error) is kind


async def test_a_page_for_people_is_no_git_server(git):
    error = await _answer(git, web.Response(text="<h1>Sign in</h1>", content_type="text/html"))
    assert "not as a Git server" in error.detail


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"0004",
        b"001e# service=git-upload-pack\n0000",
        b"000eversion 2\n0000",
        gzip.compress(b"x", mtime=0),
    ],
)
async def test_bytes_that_are_no_git_are_malformed(git, body):
    content = {"Content-Type": "application/x-git-upload-pack-advertisement"}
    assert isinstance(await _answer(git, web.Response(body=body, headers=content)), GitMalformedError)


@pytest.mark.parametrize(
    "address",
    [
        "git@git.example:shop/config.git",
        "ssh://git.example/shop/config.git",
        "file:///etc/passwd",
        "https://git.example",
        "https://user:token@git.example/shop.git",
        "https://git.example/shop.git?x=1",
        "https://git.example//shop.git",
        "https://git.example/a b.git",
        "https://[",
        "",
    ],
)
def test_what_is_no_address_of_a_repository_is_refused_without_repeating_it(address):
    with pytest.raises(GitAddressError) as refused:
        GitAccess.of(address)
    assert "token" not in refused.value.detail


async def test_the_files_of_a_folder_are_those_with_yaml_and_none_below(server, git):
    server.create(
        "one", {"eu/web.yaml": "a: 1\n", "eu/README.md": "x", "eu/base/deep.yaml": "b: 1\n", "us.yml": "c: 1\n"}
    )
    found = await git.read(
        _access(server, "one"), branch="main", folders=["eu", "missing"], may_lack=["us.yml", "gone.yaml"]
    )
    assert found.texts == {"eu/web.yaml": "a: 1\n", "us.yml": "c: 1\n"}
