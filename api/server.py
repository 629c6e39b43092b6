"""How the service is served: one configuration of uvicorn for `python -m api`, `make run` and the tests."""

import uvicorn
from fastapi import FastAPI

from api.http_protocol import BoundedHttpProtocol
from api.settings import Settings

_GRACE = 10  # seconds that requests have to end when the process is told to stop
# Seconds that a connection waits for its next request: longer than clients and proxies in front keep one (httpx 5,
# nginx and load balancers 60, Go 90). Else a request fails that is sent as the connection is closed, and its sender
# cannot know whether it was carried out.
_KEEP_ALIVE = 95


def server_config(app: FastAPI, settings: Settings, *, grace: int = _GRACE) -> uvicorn.Config:
    """`X-Forwarded-Proto` and `X-Forwarded-For` count only from the proxies that the settings trust."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
        timeout_graceful_shutdown=grace,
        timeout_keep_alive=_KEEP_ALIVE,
    )
