"""The application: routers, error handlers, middleware, and a lifespan that builds and closes everything."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import console, errors, starting
from api.authentication import CSRF_HEADER
from api.bodies import BodyLimits
from api.callers import Callers
from api.container import Container, open_container
from api.metrics import Requests
from api.middleware import REQUEST_ID_HEADER, AccessLog, RequestId, SecurityHeaders, Unforeseen
from api.routes import (
    accepting,
    application_groups,
    applications,
    approvals,
    argocd,
    audit,
    bindings,
    catching_up,
    changes,
    clusters,
    comparing,
    declared_kinds,
    drift,
    environments,
    freezes,
    git_repositories,
    holds,
    images,
    levels,
    manifests,
    my_tokens,
    notifications,
    open_id,
    operations,
    overview,
    ownership,
    people,
    process,
    promotion_sets,
    promotions,
    provisioning,
    receivers,
    registries,
    restarting,
    service_accounts,
    session,
    strategies,
    timeline,
    token_exchange,
    tokens,
    trusts,
    webhooks,
)
from api.sending import PacedSending
from api.session_cookie import PublicAddress
from api.settings import Settings

_ROUTERS = (
    clusters.router,
    argocd.router,
    environments.router,
    applications.router,
    overview.router,
    changes.router,
    drift.router,
    timeline.router,
    accepting.router,
    levels.router,
    provisioning.router,
    comparing.router,
    manifests.router,
    promotions.router,
    promotion_sets.router,
    application_groups.router,
    restarting.router,
    strategies.router,
    ownership.router,
    registries.router,
    git_repositories.router,
    declared_kinds.router,
    images.router,
    operations.router,
    catching_up.router,
    freezes.router,
    holds.router,
    approvals.router,
    session.router,
    open_id.router,
    people.router,
    tokens.router,
    audit.router,
    bindings.router,
    my_tokens.router,
    service_accounts.router,
    trusts.router,
    token_exchange.router,
    receivers.router,
    notifications.router,
    process.router,
    webhooks.router,
)


class _State(TypedDict):
    """The state of every request."""

    container: Container
    requests: Requests
    callers: Callers
    public: PublicAddress


def create_app(
    settings: Settings,
    *,
    opened: Callable[[Settings], AbstractAsyncContextManager[Container]] = open_container,
) -> FastAPI:
    """The whole service; `opened` builds its container at start-up."""
    requests, callers, public = Requests(), Callers(settings.callers), PublicAddress(settings.public_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[_State]:
        async with AsyncExitStack() as stack:
            try:
                container = await stack.enter_async_context(opened(settings))
            except Exception as error:
                if explained := starting.explained(error, settings):
                    raise explained from None
                raise
            yield {"container": container, "requests": requests, "callers": callers, "public": public}

    app = described_app(lifespan)
    asked_most = (*overview.router.routes, *webhooks.router.routes)
    app.router.routes.sort(key=lambda route: route not in asked_most)  # tried in order
    console.install(app, settings.console)
    # The middleware added last is the outermost.
    app.add_middleware(BodyLimits, limit=settings.body_limit, webhook_limit=settings.webhook_body_limit)
    app.add_middleware(Unforeseen)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", CSRF_HEADER],
            expose_headers=["Location", REQUEST_ID_HEADER],
        )
    app.add_middleware(SecurityHeaders, https=public.https)
    app.add_middleware(AccessLog, requests=requests)
    app.add_middleware(RequestId)
    app.add_middleware(PacedSending)
    return app


def described_app(
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[_State]] | None = None,
) -> FastAPI:
    """The routes alone: enough for the contract, without a database or a cluster."""
    routes = [route for router in _ROUTERS for route in router.routes]
    app = FastAPI(title="Stagecoach", openapi_url=None, docs_url=None, redoc_url=None, routes=routes, lifespan=lifespan)
    errors.install(app)
    return app
