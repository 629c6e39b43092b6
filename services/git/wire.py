"""Git's smart protocol over vetted HTTP: dulwich speaks it, and connects to nothing by itself.

Dulwich is synchronous and runs in threads; each of its requests is made by the event loop's `VettedHttp`. The
credential goes to the repository's own address alone, which no answer can change: redirects, packs that lie elsewhere,
and servers that only serve files are refused.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

from dulwich.client import AbstractHttpGitClient

from services.git.access import GitAccess
from services.git.errors import (
    GitAddressRefusedError,
    GitBusyError,
    GitDeniedError,
    GitError,
    GitMalformedError,
    GitRepositoryUnknownError,
    GitUnreachableError,
)
from services.net.vetted_http import NoAnswerError, VettedAnswer, VettedHttp


class _Response:
    """What dulwich asks of an answer."""

    redirect_location = ""

    def __init__(self, content_type: str) -> None:
        self.content_type = content_type

    def close(self) -> None:
        """Nothing is open: the answer was read whole."""


class GitWire(AbstractHttpGitClient):
    """One repository for one exchange, in a thread beside the event loop `loop`, to which `http` belongs."""

    def __init__(self, access: GitAccess, http: VettedHttp, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(str(access.url), thin_packs=False, quiet=True)
        self._access = access
        self._http = http
        self._loop = loop

    def _get_url(self, path: str | bytes) -> str:  # noqa: ARG002  a wire is of one repository
        return self._base_url

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,  # noqa: ARG002, FBT001, FBT002  as dulwich calls it
    ) -> tuple[Any, Callable[[int], bytes]]:
        if not url.startswith(self._base_url):
            raise GitMalformedError(self._access.server, "It leads to another address for a part of its answer.")
        body = data if data is None or isinstance(data, bytes) else b"".join(data)
        answer = self._ask(url, headers or {}, body)
        content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not content_type.startswith("application/x-git-"):
            raise GitMalformedError(
                self._access.server,
                "It answers, but not as a Git server: enter the address that the repository is cloned from.",
            )
        return _Response(content_type), BytesIO(answer.body).read

    def _ask(self, url: str, headers: Mapping[str, str], body: bytes | None) -> VettedAnswer:
        proof = self._access.headers
        asking = self._http.ask("GET" if body is None else "POST", url, {**headers, **proof}, body=body)
        try:
            answer = asyncio.run_coroutine_threadsafe(asking, self._loop).result()
        except NoAnswerError as error:
            raise no_answer(self._access, error) from None
        if answer.status != 200:
            raise refusal(self._access, answer.status)
        if not answer.whole:
            raise GitMalformedError(
                self._access.server,
                "The repository is larger than what Stagecoach reads of one, even without its history.",
            )
        return answer


def no_answer(access: GitAccess, error: NoAnswerError) -> GitError:
    """The error for an exchange without an answer."""
    kind = GitAddressRefusedError if error.refused else GitUnreachableError
    return kind(access.server, error.why)


def refusal(access: GitAccess, status: int) -> GitError:
    """The error for an answer that is not the one that was asked for."""
    shown = access.secret is not None
    if status == 401:
        without = "It lets nobody in without a credential, and none is stored."
        return GitDeniedError(access.server, "It does not accept the stored credential." if shown else without)
    if status == 403:
        return GitDeniedError(access.server, "The stored credential lacks a right to this repository.")
    if status in {404, 410}:
        return GitRepositoryUnknownError(
            access.server, "There is no such repository at this address, or the credential may not see it."
        )
    if 300 <= status < 400:
        return GitMalformedError(
            access.server,
            "It leads elsewhere, and is not followed: enter that address (often: with .git).",
        )
    if status == 429 or status >= 500:
        return GitBusyError(access.server, f"It answered {status}: it is overloaded or failing. Try again later.")
    return GitMalformedError(access.server, f"It answered {status}.")
