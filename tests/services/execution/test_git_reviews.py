"""Proposals of lines by pull request: found again after a kill, opened once, and withdrawn."""

from collections.abc import AsyncIterator

import pytest

from domain.words import GitProvider
from services.execution.git_reviews import GitReviews, Proposal
from services.git.access import GitAccess
from services.git.pull_requests import PullRequests
from services.git.repositories import GitRepositories
from services.net.addresses import AddressPolicy
from services.planning.git.line_edits import line_edits
from tests.support.git_providers import NAME, ProviderStandIn
from tests.support.git_server import GitServer, served

_LOCAL = AddressPolicy(allow_loopback=True, allow_private=True)


@pytest.fixture
async def provider(tmp_path) -> AsyncIterator[ProviderStandIn]:
    server = GitServer(folder=tmp_path)
    stand_in = ProviderStandIn(kind=GitProvider.GITEA, server=server)
    async with served(stand_in.answer) as server.port:
        server.create(NAME, {"f.yaml": "tag: 1\n"})
        yield stand_in


@pytest.fixture
async def reviews() -> AsyncIterator[GitReviews]:
    async with GitRepositories(addresses=_LOCAL) as git, PullRequests(addresses=_LOCAL) as pulls:
        yield GitReviews(git, pulls, ask_every=30.0)


@pytest.fixture
def proposal(provider) -> Proposal:
    server = provider.server
    access = GitAccess.of(server.address(NAME), username=server.username, secret=server.password)
    edits = line_edits("f.yaml", "tag: 1\n", "tag: 2\n")
    return Proposal(access=access, provider=GitProvider.GITEA, operation="op-1", base="main", edits=edits)


async def _go() -> None:
    """Nothing stops the write."""


async def test_a_proposal_is_opened_once_however_often_it_is_made(provider, reviews, proposal):
    assert await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    assert not await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    assert [each.title for each in provider.pulls] == ["Change web"]


async def test_a_branch_that_a_killed_process_has_pushed_gets_its_pull_request(provider, reviews, proposal):
    await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    (pushed,) = provider.pulls
    head = provider.server.head(NAME, pushed.head)
    provider.pulls.clear()
    assert await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    assert ([each.head for each in provider.pulls], provider.server.head(NAME, pushed.head)) == ([pushed.head], head)


async def test_the_way_back_of_the_way_back_withdraws_what_is_still_open(provider, reviews, proposal):
    await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    undo = proposal.way_back
    await reviews.withdraw(undo, before_write=_go)
    assert provider.open, "another way has another pull request"
    await reviews.withdraw(undo.way_back, before_write=_go)
    assert provider.open == []


async def test_lines_that_were_closed_once_are_proposed_from_another_branch(provider, reviews, proposal):
    await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    provider.pulls[0].state = "closed"
    assert await reviews.propose(proposal, "Change web\n\nweb", before_write=_go)
    assert len({each.head for each in provider.pulls}) == 2
