"""Behind a proxy that ends TLS: cookies, redirects and addresses are those of the public address."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import ValidationError
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.middleware import SecurityHeaders
from api.server import server_config
from api.session_cookie import PublicAddress, drop_session, session_secret, set_session
from api.settings import Settings


def site(public_url: str | None) -> FastAPI:
    """The parts that know of addresses, without the rest of the service."""
    app = FastAPI()

    @app.post("/in")
    async def sign_in(request: Request, response: Response) -> None:
        set_session(request, response, "the secret", seconds=60)

    @app.get("/who")
    async def who(request: Request) -> dict[str, str | None]:
        return {"secret": session_secret(request)}

    @app.post("/out")
    async def sign_out(request: Request, response: Response) -> None:
        drop_session(request, response)

    @app.get("/folder/")
    async def folder() -> None:
        return None

    public = PublicAddress(public_url)

    @app.middleware("http")
    async def with_state(request: Request, call_next):
        request.state.public = public
        return await call_next(request)

    app.add_middleware(SecurityHeaders, https=public.https)
    return app


@pytest.fixture
async def public(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """Plain HTTP, as a proxy speaks to the service."""
    transport = httpx.ASGITransport(site(request.param))
    async with httpx.AsyncClient(transport=transport, base_url="http://stagecoach.example") as client:
        yield client


HTTPS = pytest.mark.parametrize("public", ["https://stagecoach.example", "HTTPS://stagecoach.example/a"], indirect=True)
HTTP = pytest.mark.parametrize("public", [None, "http://127.0.0.1:8000"], indirect=True)


@HTTPS
async def test_the_cookie_of_an_https_address_is_secure_and_bound_to_its_host(public: httpx.AsyncClient):
    cookie = (await public.post("/in")).headers["Set-Cookie"]
    assert cookie.startswith("__Host-stagecoach_session=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=strict"):
        assert part in cookie
    assert "domain" not in cookie.lower()
    gone = (await public.post("/out")).headers["Set-Cookie"]
    assert gone.startswith("__Host-stagecoach_session=")
    assert "Secure" in gone


@HTTPS
async def test_a_plain_cookie_signs_nobody_in_at_an_https_address(public: httpx.AsyncClient):
    plain = await public.get("/who", headers={"Cookie": "stagecoach_session=planted"})
    own = await public.get("/who", headers={"Cookie": "__Host-stagecoach_session=own"})
    assert (plain.json()["secret"], own.json()["secret"]) == (None, "own")


@HTTPS
async def test_browsers_are_told_to_keep_to_https_on_this_host_alone(public: httpx.AsyncClient):
    assert (await public.get("/who")).headers["Strict-Transport-Security"] == "max-age=31536000"


@HTTP
async def test_plain_http_works_as_before(public: httpx.AsyncClient):
    answer = await public.post("/in")
    assert answer.headers["Set-Cookie"].startswith("stagecoach_session=")
    assert "secure" not in answer.headers["Set-Cookie"].lower()
    assert "Strict-Transport-Security" not in answer.headers
    assert (await public.get("/who")).json()["secret"] == "the secret"


@HTTPS
async def test_a_redirect_does_not_lead_to_plain_http(public: httpx.AsyncClient):
    answer = await public.get("/folder?a=1")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/folder/?a=1")


async def _scheme(settings: Settings, *, proxy: str, **headers: str) -> tuple[str, str]:
    """The scheme and the client that the service sees."""
    app = FastAPI()

    @app.get("/")
    async def seen(request: Request) -> list[str]:
        return [request.url.scheme, request.client.host if request.client else ""]

    config = server_config(app, settings)
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(proxy, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        scheme, host = (
            await client.get("/", headers={name.replace("_", "-"): v for name, v in headers.items()})
        ).json()
    assert isinstance(config.loaded_app, ProxyHeadersMiddleware) is bool(settings.trusted_proxies)
    return scheme, host


FORWARDED = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "198.51.100.7, 10.1.2.3"}


async def test_forwarded_headers_count_from_trusted_proxies(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    settings = Settings()
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("192.0.2.1/32"))
    assert await _scheme(settings, proxy="10.9.9.9", **FORWARDED) == ("https", "198.51.100.7")
    assert await _scheme(settings, proxy="192.0.2.1", **FORWARDED) == ("https", "198.51.100.7")


async def test_forwarded_headers_of_anybody_else_do_not_count(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own variable
    assert await _scheme(Settings(), proxy="10.9.9.9", **FORWARDED) == ("http", "10.9.9.9")
    monkeypatch.setenv("STAGECOACH_TRUSTED_PROXIES", "10.0.0.0/8")
    assert await _scheme(Settings(), proxy="203.0.113.9", **FORWARDED) == ("http", "203.0.113.9")


@pytest.mark.parametrize("value", ["*", "proxy.example", "10.0.0.0/99"])
def test_a_proxy_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("STAGECOACH_TRUSTED_PROXIES", value)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("value", ["*", "https://*.example", "null", "https://a.example/path", "a.example"])
def test_only_origins_by_name_may_use_the_sessions_of_browsers(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("STAGECOACH_CORS_ORIGINS", f"https://console.example,{value}")
    with pytest.raises(ValidationError):
        Settings()


def test_registries_get_the_public_address_unless_they_have_their_own(monkeypatch: pytest.MonkeyPatch):
    assert Settings().address_for_registries is None
    monkeypatch.setenv("STAGECOACH_PUBLIC_URL", "https://stagecoach.example")
    assert Settings().address_for_registries == "https://stagecoach.example"
    monkeypatch.setenv("STAGECOACH_WEBHOOK_URL", "https://hooks.example")
    assert Settings().address_for_registries == "https://hooks.example"


def test_a_connection_is_kept_for_longer_than_proxies_and_clients_keep_theirs():
    longest_of_others = (
        90  # seconds: Go's http.Transport, and so Traefik's; nginx and load balancers have 60, httpx has 5
    )
    assert server_config(FastAPI(), Settings()).timeout_keep_alive > longest_of_others
