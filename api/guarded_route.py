"""The route class of the whole API: who calls is known, and admitted, before a byte of the body is read.

FastAPI by itself reads and parses the body first and resolves dependencies, authentication among them, afterwards: then
anybody could make the service hold and parse bodies. Here a request passes in this order:

    authenticate → check the role → wait for the caller's turn → read the body → parse it → validate → handle → send

The turn, or the place of an event stream, is held until the response is sent.
"""

import re
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from api.authentication import OpenToAll, Requires, requirement
from api.callers import Callers
from api.event_stream import EventStream
from api.json_bodies import BoundedRequest

# What reads clusters or registries, or a whole manifest, and changes nothing: seconds, or much of the processor.
_DEAR = re.compile(r".*/(preview|validate|check|probe|test|namespaces|comparison|resources|ownership)")


class GuardedRoute(APIRoute):
    """A route whose requirement is checked before its body is read."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.dear = _DEAR.fullmatch(self.path) is not None
        self.requirement: Requires | OpenToAll | None = requirement(self.dependant)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as until_sent:
            if isinstance(self.requirement, Requires) and scope["method"] in (self.methods or ()):
                request = Request(scope)
                actor = await self.requirement.admit(request)
                callers: Callers = request.state.callers
                if self._streams:
                    until_sent.enter_context(callers.stream(actor))
                else:
                    await until_sent.enter_async_context(callers.turn(actor, dear=self.dear))
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            return await handle(BoundedRequest(request.scope, request.receive))

        return bounded

    @property
    def _streams(self) -> bool:
        return isinstance(self.response_class, type) and issubclass(self.response_class, EventStream)


def guarded_router(*, prefix: str = "", tags: list[str], base: str = "/api/v1") -> APIRouter:
    """A router whose routes are guarded, and have their whole paths: `api.main` takes them as they are.

    `include_router` would build each of them a second time, with its prefix, and every start would take longer.
    """
    return APIRouter(prefix=base + prefix, tags=[*tags], route_class=GuardedRoute)
