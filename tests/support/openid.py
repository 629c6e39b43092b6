"""A real OpenID provider for tests: the npm package oidc-provider, on loopback (`openid_provider/provider.mjs`).

`python -m tests.support.openid` installs what it needs, and prints its folder: the console's journeys start it, too.
"""

import asyncio
import fcntl
import html
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

FOLDER = Path(__file__).parent / "openid_provider"
_INSTALL_SECONDS = 180
_START_SECONDS = 60
_STOP_SECONDS = 10
_FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')
_ACTION = re.compile(r'<form[^>]* action="([^"]*)"')


def installed() -> Path:
    """The folder, with the packages in it. One process at a time installs them."""
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / "node_modules" / ".package-lock.json").exists():
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=FOLDER, check=True, timeout=_INSTALL_SECONDS)
    return FOLDER


def available() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """One of the two issuers of the process."""

    url: str

    async def set(self, **changes: Any) -> dict[str, int]:
        """Change it, as provider.mjs describes. Returns how often tokens, keys and userinfo were asked for."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.url}/control", json=changes)
        answer.raise_for_status()
        asked: dict[str, int] = answer.json()
        return asked


class Browser:
    """A person's browser: it keeps cookies of each address, follows redirects, and knows the provider's forms."""

    def __init__(self, home: str) -> None:
        """`home`: the address of the service."""
        self.home = home
        self.client = httpx.AsyncClient(trust_env=False, timeout=60)

    async def answer_to(self, name: str, account: str, **query: str) -> str:
        """Sign in at the provider as the account (empty: cancel). Returns the address that it sends the browser to."""
        begun = await self.client.get(f"{self.home}/api/v1/session/oidc/{name}", params=query)
        url = begun.headers["Location"]
        while not url.startswith(self.home):
            response = await self.client.get(url)
            if response.status_code == 200:
                response = await self.client.post(url, data={"account": account})
            url = str(httpx.URL(url).join(response.headers["Location"]))
        return url

    async def sign_in(self, name: str, account: str = "ada", **query: str) -> str:
        """Sign in, whole. Returns where the service leads the browser then."""
        return await self.finish(await self.answer_to(name, account, **query))

    async def finish(self, url: str) -> str:
        """Open an address of the service; returns where it leads."""
        response = await self.client.get(url)
        assert response.status_code == 302, response.text
        return response.headers["Location"]

    async def sign_out_at_provider(self, url: str) -> str:
        """Confirm at the provider's page. Returns the address that the provider sends the browser to."""
        page = (await self.client.get(url)).text
        action = _ACTION.search(page)
        assert action is not None, page
        fields = {name: html.unescape(value) for name, value in _FIELD.findall(page)}
        response = await self.client.post(
            str(httpx.URL(url).join(html.unescape(action[1]))), data={**fields, "logout": "yes"}
        )
        return response.headers["Location"]

    async def me(self) -> Any:
        return (await self.client.get(f"{self.home}/api/v1/session")).json()["me"]


def problem_in(location: str) -> str:
    """The problem that an address of the sign-in page names."""
    parts = urlsplit(location)
    assert parts.path == "/sign-in", location
    return parse_qs(parts.query)["problem"][0]


@asynccontextmanager
async def openid_issuers() -> AsyncIterator[tuple[Issuer, Issuer]]:
    """Two issuers, in a process that ends with the block."""
    folder = await asyncio.to_thread(installed)
    process = await asyncio.create_subprocess_exec(
        "node", "provider.mjs", cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            first, second = json.loads(await process.stdout.readline())["issuers"]
        yield Issuer(url=first), Issuer(url=second)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    print(installed())  # noqa: T201
