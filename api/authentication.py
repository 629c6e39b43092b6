"""Which role a route requires, and how a caller authenticates.

Every route declares its role in one way: a dependency that is a `Requires`, mostly as the type of a parameter
(`actor: Operator`). `Open` declares that a route needs no role. A route with neither fails the suite. The check itself
comes before the body is read (`api.guarded_route`); the dependency passes its result on.

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
from domain.grants import Actor
from domain.rights import ROLE_RIGHTS
from domain.words import Role
from services.errors import ForbiddenError, UnauthenticatedError
from services.people.access import Proof

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
    """The caller needs at least this role."""

    role: Role

    async def __call__(self, request: Request) -> Actor:
        """The caller, whom the route has admitted; a route that admits nobody has none, and fails."""
        actor: Actor = request.state.admitted
        return actor

    async def admit(self, request: Request) -> Actor:
        """The caller, from the request's headers alone. Raises `UnauthenticatedError` and `ForbiddenError`."""
        container = await container_of(request)
        proof = await proof_of(request)
        actor = (await container.access.identity(proof, **_whence(request))).actor
        if proof.by == "session" and request.method not in SAFE_METHODS:
            _require_csrf(request, proof)
        request.state.actor = actor.name
        if not all(actor.holdings.allow(right) for right in ROLE_RIGHTS[self.role]):
            raise ForbiddenError(
                f"The request needs the role '{self.role}'; '{actor.name}' has the role '{actor.role}'."
            )
        request.state.admitted = actor
        return actor


@dataclass(frozen=True)
class OpenToAll:
    """The route needs no authentication."""

    async def __call__(self) -> None:
        return None


Viewer = Annotated[Actor, Depends(Requires(Role.VIEWER))]
Operator = Annotated[Actor, Depends(Requires(Role.MAINTAINER))]
Admin = Annotated[Actor, Depends(Requires(Role.ADMIN))]
Open = Annotated[None, Depends(OpenToAll())]


def requirement(dependant: Dependant) -> Requires | OpenToAll | None:
    """What a route declares of its callers; None if it declares nothing."""
    for each in dependant.dependencies:
        found = each.call if isinstance(each.call, Requires | OpenToAll) else requirement(each)
        if found is not None:
            return found
    return None


def _whence(request: Request) -> dict[str, str | None]:
    """Where the request comes from, for the audit: trusted proxies have told `client` by now."""
    return {
        "address": request.client.host if request.client else None,
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
