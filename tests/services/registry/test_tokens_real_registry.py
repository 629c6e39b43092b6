"""Fetching tokens for a real registry, which verifies those that the tests' token service signs."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from services.registry.credentials import Basic, RegistryAccess
from services.registry.errors import RegistryDeniedError
from services.registry.oci import RegistryClients
from tests.services.registry.test_tokens import BASIC, SHOWN
from tests.support.fake_api_server import Authority, Pair
from tests.support.fake_registry import FakeRegistry
from tests.support.registry import running_registry

SERVICE, ISSUER = "a registry", "a token service"


def signed(pair: Pair, *access: dict[str, Any]) -> str:
    """A token as distribution takes it: its claims, signed, with the certificate that the key belongs to."""
    now = int(time.time())
    certificate = base64.b64encode(pair.certificate.public_bytes(serialization.Encoding.DER)).decode()
    header = {"typ": "JWT", "alg": "ES256", "x5c": [certificate]}
    claims = {"iss": ISSUER, "sub": "ci", "aud": SERVICE, "nbf": now - 60, "iat": now, "exp": now + 300}
    content = f"{_encoded(header)}.{_encoded({**claims, 'jti': '1', 'access': access})}"
    r, s = utils.decode_dss_signature(pair.key.sign(content.encode(), ec.ECDSA(hashes.SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)).rstrip(b"=").decode()
    return f"{content}.{signature}"


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def allowed(repository: str, *actions: str) -> dict[str, Any]:
    return {"type": "repository", "name": repository, "actions": list(actions)}


async def test_a_token_is_fetched_with_the_credential_and_opens_the_repository(
    clients: RegistryClients, other: FakeRegistry, repository: str, tmp_path: Path
):
    authority = Authority()
    pair = authority.sign("token service")
    (tmp_path / "authority.pem").write_text(authority.pem)

    async def hand_out(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != SHOWN:
            return web.Response(status=401)
        _, name, actions = request.query["scope"].split(":")
        return web.json_response({"token": signed(pair, allowed(name, *actions.split(","))), "expires_in": 300})

    other.on("/token", hand_out)
    settings = {
        "realm": f"{other.server.url}/token",
        "service": SERVICE,
        "issuer": ISSUER,
        "rootcertbundle": str(tmp_path / "authority.pem"),
    }
    proof = f"Bearer {signed(pair, allowed(repository, 'pull', 'push'))}"
    async with running_registry(tmp_path, auth={"token": settings}, proof=proof) as registry:
        digest = await registry.push_image(repository, "1.4.2", platforms=2)
        access = RegistryAccess(host=registry.address, plain_http=True, credential=BASIC)
        resolved = await clients.resolve(access, repository, "1.4.2")
        assert resolved is not None
        assert resolved.digest == digest
        assert await clients.tags(access, repository) == ("1.4.2",)
        assert len(other.asked("/token")) == 1
        stranger = RegistryAccess(
            host=registry.address, plain_http=True, credential=Basic(username="ci", password="wrong")
        )
        with pytest.raises(RegistryDeniedError):
            await clients.resolve(stranger, repository, "1.4.2")
