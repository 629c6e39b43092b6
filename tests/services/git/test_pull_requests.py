"""Pull requests at stand-ins for the interfaces of all providers: opened, found, closed, and what is refused."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from domain.words import GitProvider
from services.git.access import GitAccess
from services.git.errors import GitBusyError, GitDeniedError, GitMalformedError, GitPullRequestRefusedError
from services.git.providers.bitbucket import BitbucketCloud, BitbucketDataCenter
from services.git.providers.calls import NewPullRequest, PullState
from services.git.providers.gitea import Gitea
from services.git.providers.github import GitHub
from services.git.pull_requests import PullRequests
from services.net.addresses import AddressPolicy
from tests.support.git_providers import NAME, ProviderStandIn
from tests.support.git_server import GitServer, served

NEW = NewPullRequest(head="stagecoach/op-1", base="main", title="Change web", text="web: 1 → 2")


@pytest.fixture(params=list(GitProvider))
async def provider(request, tmp_path) -> AsyncIterator[ProviderStandIn]:
    server = GitServer(folder=tmp_path)
    stand_in = ProviderStandIn(kind=request.param, server=server)
    async with served(stand_in.answer) as server.port:
        server.create(NAME, {"f.yaml": "a\n"})
        server.commit(NAME, {"f.yaml": "b\n"}, branch=NEW.head)
        yield stand_in


@pytest.fixture
async def pulls() -> AsyncIterator[PullRequests]:
    async with PullRequests(addresses=AddressPolicy(allow_loopback=True, allow_private=True)) as pulls:
        yield pulls


def _access(provider: ProviderStandIn) -> GitAccess:
    return GitAccess.of(provider.server.address(NAME), username="x", secret="t0ken")


async def _find(pulls: PullRequests, provider: ProviderStandIn):
    return await pulls.find(_access(provider), provider.kind, head=NEW.head, base=NEW.base)


async def test_one_is_opened_with_its_title_and_found_with_a_link(provider, pulls):
    assert await _find(pulls, provider) is None
    opened = await pulls.open(_access(provider), provider.kind, NEW)
    assert await _find(pulls, provider) == opened
    assert (opened.state, opened.url) == (PullState.OPEN, provider.pulls[0].url)
    assert (provider.pulls[0].title, provider.pulls[0].text) == (NEW.title, NEW.text)
    assert all("t0ken" in proof for proof in provider.proofs)


@pytest.mark.parametrize("state", [PullState.MERGED, PullState.CLOSED])
async def test_what_has_become_of_one_is_told_apart(provider, pulls, state):
    await pulls.open(_access(provider), provider.kind, NEW)
    provider.pulls[0].state = state.value
    found = await _find(pulls, provider)
    assert found is not None
    assert found.state is state


async def test_one_is_closed_without_being_merged(provider, pulls):
    opened = await pulls.open(_access(provider), provider.kind, NEW)
    await pulls.close(_access(provider), provider.kind, opened)
    assert provider.pulls[0].state == "closed"


async def test_a_second_one_from_the_same_branch_is_refused(provider, pulls):
    await pulls.open(_access(provider), provider.kind, NEW)
    with pytest.raises(GitPullRequestRefusedError):
        await pulls.open(_access(provider), provider.kind, NEW)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, GitDeniedError), (403, GitDeniedError), (429, GitBusyError), (502, GitBusyError)]
)
async def test_a_refused_credential_or_a_busy_server_is_said_as_such(pulls, status, kind):
    async def same(_: web.Request) -> web.Response:
        return web.Response(status=status, text="t0ken")

    async with served(same) as port:
        access = GitAccess.of(f"http://127.0.0.1:{port}/team/shop.git", username="x", secret="t0ken")
        with pytest.raises(kind) as refused:
            await pulls.open(access, GitProvider.GITHUB, NEW)
    assert "t0ken" not in refused.value.detail


@pytest.mark.parametrize("kind", list(GitProvider))
async def test_an_answer_of_another_provider_is_malformed(pulls, kind):
    async def page(_: web.Request) -> web.Response:
        return web.json_response({"unexpected": True})

    async with served(page) as port:
        access = GitAccess.of(f"http://127.0.0.1:{port}/team/shop.git", username="x", secret="s")
        with pytest.raises(GitMalformedError, match="the right one"):
            await pulls.find(access, kind, head="a", base="main")


@pytest.mark.parametrize(
    ("provider", "clone", "root"),
    [
        (GitHub, "https://github.com/team/shop.git", "https://api.github.com/repos/team/shop"),
        (GitHub, "https://ghe.example/team/shop", "https://ghe.example/api/v3/repos/team/shop"),
        (Gitea, "https://x.example:3000/git/team/shop.git", "https://x.example:3000/git/api/v1/repos/team/shop"),
        (BitbucketCloud, "https://bitbucket.org/team/shop.git", "https://api.bitbucket.org/2.0/repositories/team/shop"),
        (
            BitbucketDataCenter,
            "https://b.example/bb/scm/TEAM/shop.git",
            "https://b.example/bb/rest/api/1.0/projects/TEAM/repos/shop",
        ),
    ],
)
def test_the_interface_is_found_from_where_the_repository_is_cloned(provider, clone, root):
    url = GitAccess.of(clone).url
    made = provider(url) if provider is GitHub else provider()
    assert str(made.root(url)) == root
