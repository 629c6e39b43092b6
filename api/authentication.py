"""Which right a route requires, and how a caller authenticates.

Every route declares its right in one way: a dependency that is a `Requires`, mostly as the type of a parameter
(`actor: Promoter`). `Open` declares that a route needs none. A route with neither fails the suite. Whether the caller
holds the right anywhere is checked before the body is read (`api.guarded_route`); whether it does where the request
works, the use case checks.

A caller sends `Authorization: Bearer …`, or the console's session cookie. A write that rests on the cookie has to carry
the session's CSRF token as well: other sites can make a browser send the cookie, but cannot read the token.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from api.container import Container
from api.session_cookie import session_secret
from domain.grants import Actor, AdminGrant, ListGrant
from domain.rights import Right
from services.errors import ForbiddenError, UnauthenticatedError
from services.people.access import Proof
from services.reading.permissions import Permissions

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def container_of(request: Request) -> Container:
    """The container that the lifespan built."""
    container: Container = request.state.container
    return container


ContainerDep = Annotated[Container, Depends(container_of)]


def csrf_token(session_secret: str) -> str:
    """Derived from the session's secret, so that it needs no storage and ends with the session."""
    return hmac.new(session_secret.encode(), b"stagecoach csrf", sha256).hexdigest()


@dataclass(frozen=True)
class Requires:
    """The caller holds this right somewhere, or with None is anybody who is signed in.

    Whether it holds the right where the request works is what the use case checks, by names that may be in the body.
    """

    right: Right | None

    async def __call__(self, request: Request) -> Actor:
        """The caller, whom the route has admitted; a route that admits nobody has none, and fails."""
        actor: Actor = request.state.admitted
        return actor

    async def admit(self, request: Request) -> Actor:
        """The caller, from the request's headers alone. Raises `UnauthenticatedError` and `ForbiddenError`."""
        container = await container_of(request)
        proof = await proof_of(request)
        actor = (await container.access.identity(proof, **whence(request))).actor
        if proof.by == "session" and request.method not in SAFE_METHODS:
            _require_csrf(request, proof)
        request.state.actor = actor.name
        request.state.caller = actor.caller  # whom the audit names where the request is refused
        if self.right is not None and not actor.holdings.scopes(self.right):
            raise ForbiddenError(
                f"The request needs the right '{self.right}', which '{actor.name}' has nowhere. An administrator can "
                "bind a role that includes it."
            )
        request.state.admitted = actor
        return actor


class RequiresAdministration(Requires):
    """The caller administers the installation."""

    async def __call__(self, request: Request) -> AdminGrant:  # type: ignore[override]  # FastAPI passes what it returns
        """Raises `ForbiddenError`."""
        return Permissions.administration(await super().__call__(request))


class ListsWhatIsSeen(Requires):
    """The caller gets, of a list, what it sees."""

    async def __call__(self, request: Request) -> ListGrant:  # type: ignore[override]  # FastAPI passes what it returns
        return Permissions.listing(await super().__call__(request))


@dataclass(frozen=True)
class OpenToAll:
    """The route needs no authentication."""

    async def __call__(self) -> None:
        return None


SignedIn = Annotated[Actor, Depends(Requires(None))]
Viewer = Annotated[Actor, Depends(Requires(Right.VIEW))]
Promoter = Annotated[Actor, Depends(Requires(Right.PROMOTE))]
Approver = Annotated[Actor, Depends(Requires(Right.APPROVE))]
Maintainer = Annotated[Actor, Depends(Requires(Right.MAINTAIN))]
Administrator = Annotated[Actor, Depends(Requires(Right.ADMINISTER))]
Admin = Annotated[AdminGrant, Depends(RequiresAdministration(Right.ADMINISTER))]
Lister = Annotated[ListGrant, Depends(ListsWhatIsSeen(None))]
Open = Annotated[None, Depends(OpenToAll())]


def requirement(dependant: Dependant) -> Requires | OpenToAll | None:
    """What a route declares of its callers; None if it declares nothing."""
    for each in dependant.dependencies:
        found = each.call if isinstance(each.call, Requires | OpenToAll) else requirement(each)
        if found is not None:
            return found
    return None


def address_of(request: Request) -> str | None:
    """The caller's address: trusted proxies have told `client` by now."""
    return request.client.host if request.client else None


def user_agent_of(request: Request) -> str | None:
    """What the caller's browser calls itself, shortened: for lists of sessions."""
    return request.headers.get("user-agent", "").replace("\x00", "")[:300] or None


def whence(request: Request) -> dict[str, str | None]:
    """Where the request comes from, for the audit."""
    return {
        "address": address_of(request),
        "request_id": getattr(request.state, "request_id", None),
    }


async def proof_of(request: Request) -> Proof:
    """The caller's token or session; raises `UnauthenticatedError` if the request has neither."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise UnauthenticatedError("The Authorization header has to be 'Bearer' and a token.")
        return Proof(secret=secret.strip(), by="token")
    cookie = session_secret(request)
    if cookie:
        return Proof(secret=cookie, by="session")
    raise UnauthenticatedError("Send a token as 'Authorization: Bearer …', or sign in.")


def _require_csrf(request: Request, proof: Proof) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(proof.secret).encode()):
        raise ForbiddenError(f"Send the session's CSRF token as {CSRF_HEADER}: every write by a session needs it.")


ProofDep = Annotated[Proof, Depends(proof_of)]
