"""The routes of signing in, on real PostgreSQL and beside a real OpenID provider, without clusters and the engine."""

import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.container import Container
from api.main import create_app
from api.openid_providers import open_signing_in
from api.server import server_config
from api.settings import OidcSettings, Settings
from db.keys import Keyring
from db.transaction import Database
from domain.words import Role
from services.net.rate_limit import RateLimiter
from services.people.access import Access
from services.people.refusals import Refusals
from services.people.sessions import Sessions
from services.people.signing_in import _A_SECOND, _BURST, SigningIn
from tests.support.actors import actor_with
from tests.support.openid import Browser, Issuer, available, openid_issuers
from tests.support.service import serving

SECRET = "correct horse & battery"
ACCOUNTS = {
    "ada": {"name": "Ada Lovelace", "email": "ada@example.com", "groups": ["/shop", "ops"]},
    "grace": {"name": "Grace Hopper", "email": "ada@example.com", "groups": ["admins"]},
}


@pytest.fixture(scope="package")
async def issuers() -> AsyncIterator[tuple[Issuer, Issuer]]:
    if not available():
        pytest.skip("node and npm are not on the PATH (Node.js 22.12 or newer brings them)")
    async with openid_issuers() as issuers:
        yield issuers


@dataclass
class Stage:
    """The service, from within. `ahead`: how far its clock is, by which it knows how old a provider's keys are."""

    signing_in: SigningIn | None = None
    ahead: float = 0.0

    def clock(self) -> float:
        return time.monotonic() + self.ahead

    def forget_attempts(self) -> None:
        """All browsers of the tests have one address."""
        assert self.signing_in is not None
        self.signing_in._attempts = RateLimiter(burst=_BURST, per_second=_A_SECOND)
        self.signing_in._refusals = Refusals(self.signing_in._db)


@pytest.fixture(scope="package")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="package")
async def home(
    stage: Stage,
    issuers: tuple[Issuer, Issuer],
    _engine: AsyncEngine,
    keys: Keyring,
    empty_tables: Callable[[], Awaitable[None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[str]:
    """The address of the service. Its providers: `corp` and `other` are the two issuers, `gone` does not answer."""
    await empty_tables()
    listener = socket.create_server(("127.0.0.1", 0))
    home = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = _settings(home, issuers, tmp_path_factory.mktemp("data"))
    database = Database(_engine, keys)

    @asynccontextmanager
    async def opened(chosen: Settings) -> AsyncIterator[Container]:
        async with AsyncExitStack() as stack:
            parts: dict[str, Any] = dict.fromkeys(each.name for each in fields(Container))
            lifetime = timedelta(hours=chosen.session_hours)
            stage.signing_in = parts["signing_in"] = await open_signing_in(chosen, database, stack)
            for client in stage.signing_in._clients.values():
                client._clock = stage.clock
            parts["access"] = Access(database, session_lifetime=lifetime)
            parts["sessions"] = Sessions(database)
            parts["refusals"] = Refusals(database)
            yield Container(**parts)

    for issuer, name in zip(issuers, ("corp", "other"), strict=True):
        await issuer.set(accounts=ACCOUNTS, client=_client(home, name))
    config = server_config(create_app(settings, opened=opened), settings)
    async with serving(config, listener):
        yield home


def _settings(home: str, issuers: tuple[Issuer, Issuer], data: Path) -> Settings:
    corp, other = issuers
    common: dict[str, Any] = {"client_secret": SECRET, "allow_loopback": True}
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    return Settings(
        data=data,
        console=None,
        public_url=home,
        oidc={
            "corp": OidcSettings(
                issuer=corp.url,
                client_id="stagecoach-corp",
                display_name="Corp",
                scopes="openid profile email groups",
                admin_group="admins",
                **common,
            ),
            "other": OidcSettings(
                issuer=other.url, client_id="stagecoach-other", scopes="openid profile", groups_claim="", **common
            ),
            "gone": OidcSettings(issuer=gone, client_id="stagecoach", **common),
            "refused": OidcSettings(issuer=other.url.replace("127.0.0.1", "localhost"), client_id="stagecoach"),
        },
    )


def _client(home: str, name: str) -> dict[str, Any]:
    return {
        "client_id": f"stagecoach-{name}",
        "client_secret": SECRET,
        "redirect_uris": [f"{home}/api/v1/session/oidc/{name}/callback"],
        "post_logout_redirect_uris": [f"{home}/sign-in"],
        "backchannel_logout_uri": f"{home}/api/v1/session/oidc/{name}/back-channel-logout",
        "backchannel_logout_session_required": True,
    }


@pytest.fixture
async def database(home: str, database: Database) -> Database:
    """The tables, emptied while the service runs."""
    return database


@pytest.fixture
async def corp(home: str, issuers: tuple[Issuer, Issuer], stage: Stage) -> Issuer:
    """The first issuer, with nothing wrong with it."""
    stage.forget_attempts()
    await issuers[0].set(tamper=None, accounts=ACCOUNTS)
    return issuers[0]


@pytest.fixture
async def browser(home: str, corp: Issuer, database: Database) -> AsyncIterator[Browser]:
    browser = Browser(home)
    yield browser
    await browser.client.aclose()


@pytest.fixture
async def admin(home: str, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator, by a token."""
    suite = actor_with(Role.ADMIN, name="the suite")
    issued = await Access(database).issue(name="admin", role=Role.ADMIN, expires_at=None, actor=suite)
    headers = {"Authorization": f"Bearer {issued.secret}"}
    async with httpx.AsyncClient(base_url=home, headers=headers, trust_env=False, timeout=60) as client:
        yield client
