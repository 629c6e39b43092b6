"""Sends a request to one cluster until it is answered, refused for good, or its deadline comes near.

Around each attempt: the breaker, a slot, the renewal of the credential, the mapping of the answer to an error, and the
pause before the next attempt.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from services.kube.breaker import Breaker, Passage
from services.kube.client import ClusterClient
from services.kube.deadline import Deadline
from services.kube.errors import (
    BudgetExceededError,
    CertificateError,
    ClusterError,
    ClusterUnreachableError,
    CredentialRefusedError,
)
from services.kube.gateway import OnWarning
from services.kube.requests import Answer, Repeat, Request
from services.kube.responses import error_of_answer, not_an_api_server, warnings_of
from services.kube.retry import pause_before, retry_after_seconds, worth_repeating
from services.kube.slots import Slots

_PROBE_SECONDS = 5.0
Parsed = TypeVar("Parsed")
_VERSION = Request(verb="read", method="GET", path="/version", repeat=Repeat.READ)


class Caller:
    """Requests to one cluster. `renew_credential` reads a refused credential again; True where it is a new one now."""

    def __init__(
        self,
        client: ClusterClient,
        *,
        slots: Slots,
        breaker: Breaker,
        renew_credential: Callable[[], bool] | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.client = client
        self.breaker = breaker
        self._slots = slots
        self._renew_credential = renew_credential
        self._probing = asyncio.Lock()
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography

    @property
    def cluster(self) -> str:
        return self.client.cluster

    async def send(
        self, request: Request, *, deadline: Deadline, on_warning: OnWarning | None = None
    ) -> dict[str, Any]:
        """The JSON object of a successful answer. Raises `ClusterError`s only.

        `on_warning` is called with each warning of the successful answer.
        """
        return await self.read(request, Answer.json_object, deadline=deadline, on_warning=on_warning)

    async def read(
        self,
        request: Request,
        parse: Callable[[Answer], Parsed | None],
        *,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
        once: bool = False,
    ) -> Parsed:
        """As `send`, for what `parse` makes of a successful answer; None where it is no API server's.

        `once`: the caller itself decides when to try again.
        """
        tries = 0
        renewed = False
        refusal: ClusterError | None = None
        while True:
            tries += 1
            retry_after: float | None = None
            try:
                if self.breaker.open:
                    await self.pass_breaker(deadline)
                await self._slots.take(deadline)
                try:
                    if self.breaker.open:  # it may have opened while this call waited
                        await self.pass_breaker(deadline)
                    parsed, refusal, retry_after = await self._attempt(request, parse, deadline, on_warning)
                finally:
                    self._slots.give_back()
                if refusal is None:
                    assert parsed is not None
                    return parsed
            except (ClusterUnreachableError, CertificateError) as error:
                refusal = error
            except BudgetExceededError as error:
                raise (refusal or error) from None  # why the attempt before failed says more
            if isinstance(refusal, CredentialRefusedError) and not renewed and self.renew_credential():
                renewed = True
                continue
            if once or not worth_repeating(refusal, request, tries=tries):
                raise refusal
            pause = pause_before(tries + 1, retry_after=retry_after, chance=self._chance)
            if pause >= deadline.left() or self.breaker.open:
                raise refusal
            await asyncio.sleep(pause)

    async def pass_breaker(self, deadline: Deadline) -> None:
        """Returns where a call may go through. Raises `ClusterUnreachableError` at once while the breaker is open.

        While it is half open, one call probes the cluster and the others wait for its result.
        """
        if not self.breaker.open:
            return
        try:
            async with asyncio.timeout(deadline.left()), self._probing:
                match self.breaker.ask():
                    case Passage.FREE:
                        return
                    case Passage.BARRED:
                        raise self._barred()
                    case Passage.PROBE:
                        await self._probe(deadline)
        except TimeoutError:
            raise self._barred() from None

    def _barred(self) -> ClusterUnreachableError:
        return ClusterUnreachableError(
            f"Cluster {self.cluster} did not answer the last requests; it is probed again soon.", cluster=self.cluster
        )

    async def _probe(self, deadline: Deadline) -> None:
        try:
            await self._observed(_VERSION, deadline.capped(_PROBE_SECONDS))
        except BaseException:
            self.breaker.gave_up()  # no effect where the breaker has counted the failure
            raise

    async def _attempt(
        self,
        request: Request,
        parse: Callable[[Answer], Parsed | None],
        deadline: Deadline,
        on_warning: OnWarning | None,
    ) -> tuple[Parsed | None, ClusterError | None, float | None]:
        """What a successful answer is, or the error and the seconds that the server asks to wait."""
        if deadline.passed:
            raise BudgetExceededError("The time for the request was used up before it was sent.", cluster=self.cluster)
        answer = await self._observed(request, deadline)
        if not answer.good:
            return None, error_of_answer(answer, request, cluster=self.cluster), retry_after_seconds(answer.headers)
        parsed = parse(answer)
        if parsed is None:
            return None, not_an_api_server(request, cluster=self.cluster, status=answer.status), None
        if on_warning is not None:
            for text in warnings_of(answer, request):
                on_warning(text)
        return parsed, None, None

    async def _observed(self, request: Request, deadline: Deadline) -> Any:
        """One attempt, whose result the breaker counts."""
        started = time.monotonic()
        try:
            answer = await self.client.call(request, deadline=deadline)
        except (ClusterUnreachableError, CertificateError):
            self.breaker.failed(started=started)
            raise
        self.breaker.succeeded()
        return answer

    def renew_credential(self) -> bool:
        """After a 401: whether there is another credential to try."""
        return self._renew_credential is not None and self._renew_credential()
