"""The application: routers, error handlers, middleware, and a lifespan that builds and closes everything."""

from fastapi import APIRouter, FastAPI

from api import errors
from api.routes import (
    applications,
    clusters,
    environments,
    filling,
    operations,
    overview,
    process,
    promotions,
    session,
    tokens,
)

_VERSIONED = (
    clusters.router,
    environments.router,
    applications.router,
    overview.router,
    filling.router,
    promotions.router,
    operations.router,
    session.router,
    tokens.router,
)


def described_app() -> FastAPI:
    """The routes alone: enough for the contract, without a database or a cluster."""
    app = FastAPI(title="Stagecoach", openapi_url=None, docs_url=None, redoc_url=None)
    versioned = APIRouter(prefix="/api/v1")
    for router in _VERSIONED:
        versioned.include_router(router)
    app.include_router(versioned)
    app.include_router(process.router)
    errors.install(app)
    return app
