"""Opens, finds and closes pull requests by the interfaces of providers, over vetted HTTP.

The credential is that of the repository. It goes to the provider's interface alone: at the repository's own server, but
for github.com and bitbucket.org, which have theirs at another name.
"""

import json
import ssl
from collections.abc import Callable
from typing import Any, Self, TypeVar, assert_never

from domain.words import GitProvider
from services.git.access import GitAccess
from services.git.errors import GitError, GitMalformedError, GitPullRequestRefusedError
from services.git.providers.bitbucket import BitbucketCloud, BitbucketDataCenter
from services.git.providers.calls import Call, NewPullRequest, Provider, PullRequest, PullState
from services.git.providers.gitea import Gitea
from services.git.providers.github import GitHub
from services.git.providers.gitlab import GitLab
from services.git.wire import no_answer, refusal
from services.net.addresses import AddressPolicy
from services.net.vetted_http import NoAnswerError, VettedAnswer, VettedHttp, VettedHttpLimits

_T = TypeVar("_T")
_REFUSALS = frozenset({400, 405, 406, 409, 412, 422})
_LIMITS = VettedHttpLimits(seconds=20.0, most_bytes=4 * 1024 * 1024, dns_seconds=60)


class PullRequests:
    """One session for all providers. Use it as an async context manager."""

    def __init__(self, *, addresses: AddressPolicy, trust: ssl.SSLContext | None = None) -> None:
        self._http = VettedHttp(addresses=addresses, limits=_LIMITS, trust=trust)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__()

    async def find(self, access: GitAccess, kind: GitProvider, *, head: str, base: str) -> PullRequest | None:
        """The newest from one branch into the other, an open one before all others. Raises `GitError`."""
        provider = _provider(kind, access)
        answer = await self._ask(access, provider, provider.finding(head, base))
        found = _read(access, lambda: provider.found(_json(answer)))
        return max(found, key=lambda each: (each.state is PullState.OPEN, each.number), default=None)

    async def open(self, access: GitAccess, kind: GitProvider, new: NewPullRequest) -> PullRequest:
        """Raises `GitPullRequestRefusedError`, also where there is an open one already, and other `GitError`s."""
        provider = _provider(kind, access)
        answer = await self._ask(access, provider, provider.opening(new))
        return _read(access, lambda: provider.opened(_json(answer)))

    async def close(self, access: GitAccess, kind: GitProvider, pull: PullRequest) -> None:
        """Close it without merging it. Raises `GitError`."""
        provider = _provider(kind, access)
        await self._ask(access, provider, provider.closing(pull))

    async def _ask(self, access: GitAccess, provider: Provider, call: Call) -> VettedAnswer:
        url = provider.root(access.url)
        address = url.with_path(url.raw_path + call.path, encoded=True).with_query(call.query or None)
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if access.secret is not None:
            headers["Authorization"] = provider.proof(access.secret)
        body = json.dumps(call.body).encode() if call.body is not None else None
        try:
            answer = await self._http.ask(call.method, str(address), headers, body=body)
        except NoAnswerError as error:
            raise no_answer(access, error) from None
        if 200 <= answer.status < 300 or (call.may_lack and answer.status == 404):
            return answer
        raise _refusal(access, answer.status)


def _provider(kind: GitProvider, access: GitAccess) -> Provider:
    match kind:
        case GitProvider.GITHUB:
            return GitHub(access.url)
        case GitProvider.GITLAB:
            return GitLab()
        case GitProvider.GITEA:
            return Gitea()
        case GitProvider.BITBUCKET:
            return BitbucketCloud()
        case GitProvider.BITBUCKET_DATA_CENTER:
            return BitbucketDataCenter()
        case _:
            assert_never(kind)


def _json(answer: VettedAnswer) -> Any:
    return json.loads(answer.body) if answer.status != 404 else None


def _read(access: GitAccess, reading: Callable[[], _T]) -> _T:
    try:
        return reading()
    except (LookupError, TypeError, ValueError):
        raise GitMalformedError(
            access.server, "It does not answer about pull requests as its provider does: is the provider the right one?"
        ) from None


def _refusal(access: GitAccess, status: int) -> GitError:
    if status in _REFUSALS:
        return GitPullRequestRefusedError(
            access.server,
            f"It answered {status} to a change of a pull request: there is one open already, or its rules forbid it.",
        )
    return refusal(access, status)
