"""A case for each provider: a sample of what it sends, how that is authenticated, and what it reports."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import FetchedKeys, KeyUrl, PushedImage, Request
from services.registry.formats import FORMATS
from services.registry.formats.google_token import KEYS_URL
from services.registry.formats.reading import Node
from services.registry.formats.sns_signature import signed_text

SAMPLES = Path(__file__).parents[1] / "services" / "registry" / "samples"
SECRET, FORMER, WRONG = "s3cret-Now-of-24-letters", "s3cret-Former-of-letters", "s3cret-Of-another-sender-"
SECRETS = (SECRET, FORMER)
NOW = dt.datetime(2026, 1, 5, 12, 0, 5, tzinfo=dt.UTC)
IDX = "sha256:7ecda1286b98e1c30f025c885448de050ba68370ff6573ef1110b030d449dc75"
AMD = "sha256:011895fb96230d2a0aa8ebd6125d80adc9a05f2f37430a5e62859c54a34b2960"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:example-ecr-push"
ACCOUNT = "push@example-project.iam.gserviceaccount.com"
KEY_ID = "k1"

Prove = Callable[[bytes, str], Request]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`prove` makes the request of a body and a secret (or, where none is used, of a signer's name)."""

    provider: Provider
    sample: str
    prove: Prove
    settings: ReceiverSettings = field(default_factory=ReceiverSettings)
    registry: str
    repository: str = "example/shop-web"
    digest: str | None = IDX
    body: bytes | None = None

    @property
    def sent(self) -> bytes:
        return self.body if self.body is not None else (SAMPLES / f"{self.sample}.json").read_bytes()

    @property
    def image(self) -> tuple[str, str, str, str | None]:
        return self.registry, self.repository, "1.4.2", self.digest

    def __str__(self) -> str:
        return self.sample


def verify(case: Case, request: Request, *, secrets: tuple[str, ...] = SECRETS, now: dt.datetime = NOW) -> None:
    """As the receiver does: with the key, where one is required."""
    form = FORMATS[case.provider]
    required_key = form.required_key(request, case.settings)
    form.verify(
        request, secrets=secrets, settings=case.settings, keys=keys_of(required_key) if required_key else None, now=now
    )


def images(events: tuple[object, ...]) -> list[tuple[str, str, str, str | None]]:
    return [(e.registry, e.repository, e.tag, e.digest) for e in events if isinstance(e, PushedImage)]


def header(name: str, value: str = "Bearer {}", **more: str) -> Prove:
    rest = {key.replace("_", "-"): text for key, text in more.items()}
    return lambda body, secret: Request(body=body, headers={name: value.format(secret)} | rest)


def address(body: bytes, secret: str) -> Request:
    return Request(body=body, headers={"content-type": "application/json"}, query={"key": secret})


def signature(name: str, *, prefix: str = "", algorithm: str = "sha256", **more: str) -> Prove:
    rest = {key.replace("_", "-"): text for key, text in more.items()}

    def prove(body: bytes, secret: str) -> Request:
        digits = hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()
        return Request(body=body, headers={name: prefix + digits} | rest)

    return prove


def basic(body: bytes, secret: str) -> Request:
    encoded = base64.b64encode(f"stagecoach:{secret}".encode()).decode()
    return Request(body=body, headers={"authorization": f"Basic {encoded}"})


@cache
def rsa_key(of: str) -> RSAPrivateKey:
    """One for `SECRET`'s sake, and another for a stranger."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def signer(secret: str) -> str:
    return "stranger" if secret == WRONG else "provider"


def sns(body: bytes, secret: str, *, version: str = "2") -> Request:
    """Signed anew, since the sample's own signature is filler. What is no JSON object stays as it is."""
    try:
        message = json.loads(body)
    except ValueError:
        return Request(body=body)
    message["SignatureVersion"] = version
    text = signed_text(Node(message)).encode()
    made = rsa_key(signer(secret)).sign(text, PKCS1v15(), SHA1() if version == "1" else SHA256())
    message["Signature"] = base64.b64encode(made).decode()
    return Request(body=json.dumps(message).encode(), headers={"content-type": "text/plain; charset=UTF-8"})


@cache
def certificate() -> bytes:
    key = rsa_key("provider")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .sign(key, SHA256())
    )
    return built.public_bytes(Encoding.PEM)


def claims(**changes: Any) -> dict[str, Any]:
    seconds = int(NOW.timestamp())
    usual = {
        "iss": "https://accounts.google.com",
        "aud": "stagecoach",
        "email": ACCOUNT,
        "email_verified": True,
        "iat": seconds - 10,
        "exp": seconds + 3590,
        "sub": "1",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def google(body: bytes, secret: str, **changes: Any) -> Request:
    token = jwt.encode(claims(**changes), rsa_key(signer(secret)), algorithm="RS256", headers={"kid": KEY_ID})
    return Request(body=body, headers={"authorization": f"Bearer {token}", "content-type": "application/json"})


@cache
def jwks() -> bytes:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key("provider").public_key()))
    return json.dumps({"keys": [{"kid": "other", "kty": "EC"}, key | {"kid": KEY_ID, "use": "sig"}]}).encode()


def keys_of(required_key: KeyUrl) -> FetchedKeys:
    return FetchedKeys(url=required_key.url, body=jwks() if required_key.url == KEYS_URL else certificate())


PLACED: Mapping[str, str] = {"docker-local": "example.jfrog.io/docker", "docker-hosted": "nexus.example.com:5000"}
_CI = b'{"id": "run-7", "image": "registry.example.com/Example/shop-web:1.4.2@%s"}' % IDX.encode()
_CI_PARTS = json.dumps(
    {"registry": "Registry.Example.com", "repository": "example/shop-web", "tag": "1.4.2", "digest": IDX}
).encode()
_HUB_SIGNATURE = {"x_github_event": "package", "x_github_delivery": "5d3a"}

CASES = (
    Case(provider=Provider.DOCKER_HUB, sample="docker-hub", prove=address, registry="docker.io", digest=None),
    Case(
        provider=Provider.GHCR,
        sample="ghcr",
        prove=signature("x-hub-signature-256", prefix="sha256=", **_HUB_SIGNATURE),
        registry="ghcr.io",
    ),
    Case(
        provider=Provider.GHCR,
        sample="ghcr-registry-package",
        prove=signature("x-hub-signature-256", prefix="sha256=", x_github_event="registry_package"),
        registry="ghcr.io",
        digest=AMD,
    ),
    Case(provider=Provider.QUAY, sample="quay", prove=address, registry="quay.io", digest=None),
    Case(
        provider=Provider.HARBOR,
        sample="harbor-default",
        prove=header("authorization", "{}"),
        registry="harbor.example.com",
    ),
    Case(
        provider=Provider.HARBOR,
        sample="harbor-cloudevents",
        prove=header("authorization", content_type="application/cloudevents+json"),
        registry="harbor.example.com",
    ),
    Case(provider=Provider.ACR, sample="acr", prove=header("authorization"), registry="exampleregistry.azurecr.io"),
    Case(
        provider=Provider.ECR,
        sample="ecr-eventbridge",
        prove=header("x-stagecoach-key", "{}"),
        registry="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    ),
    Case(
        provider=Provider.ECR,
        sample="ecr-eventbridge",
        prove=basic,
        settings=ReceiverSettings(username="stagecoach"),
        registry="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    ),
    Case(
        provider=Provider.ECR_SNS,
        sample="ecr-sns",
        prove=sns,
        settings=ReceiverSettings(topics=(TOPIC,)),
        registry="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    ),
    Case(
        provider=Provider.GOOGLE,
        sample="google-artifact-registry",
        prove=google,
        settings=ReceiverSettings(service_account=ACCOUNT),
        registry="europe-west1-docker.pkg.dev",
        repository="example-project/example/shop-web",
    ),
    Case(
        provider=Provider.GITLAB,
        sample="gitlab",
        prove=header("authorization", "{}"),
        registry="registry.gitlab.example.com",
        repository="example/shop/web",
        digest=AMD,
    ),
    Case(
        provider=Provider.DISTRIBUTION,
        sample="distribution",
        prove=header("authorization"),
        registry="registry.example.com:5000",
    ),
    Case(
        provider=Provider.ARTIFACTORY,
        sample="artifactory",
        prove=header("x-jfrog-event-auth", "{}"),
        settings=ReceiverSettings(repositories=PLACED),
        registry="example.jfrog.io",
        repository="docker/example/shop-web",
    ),
    Case(
        provider=Provider.ARTIFACTORY,
        sample="artifactory",
        prove=signature("x-jfrog-event-auth"),
        settings=ReceiverSettings(registry="images.example.com", signed=True),
        registry="images.example.com",
    ),
    Case(
        provider=Provider.NEXUS,
        sample="nexus",
        prove=signature("x-nexus-webhook-signature", algorithm="sha1", x_nexus_webhook_id="rm:repository:component"),
        settings=ReceiverSettings(repositories=PLACED),
        registry="nexus.example.com:5000",
        digest=None,
    ),
    Case(
        provider=Provider.GITEA,
        sample="gitea",
        prove=signature("x-gitea-signature", x_gitea_event="package"),
        registry="gitea.example.com",
        digest=None,
    ),
    Case(
        provider=Provider.GITEA,
        sample="gitea",
        prove=signature("x-forgejo-signature", x_forgejo_event="package"),
        settings=ReceiverSettings(registry="code.example.com"),
        registry="code.example.com",
        digest=None,
    ),
    Case(
        provider=Provider.CLOUDEVENTS,
        sample="generic-cloudevents",
        prove=header("authorization", content_type="application/cloudevents+json"),
        registry="registry.example.com",
    ),
    Case(
        provider=Provider.CLOUDEVENTS,
        sample="generic-cloudevents",
        prove=signature("x-stagecoach-signature-256", prefix="sha256="),
        settings=ReceiverSettings(signed=True),
        registry="registry.example.com",
    ),
    Case(
        provider=Provider.CI,
        sample="ci",
        body=_CI,
        prove=header("authorization"),
        registry="registry.example.com",
    ),
    Case(
        provider=Provider.CI,
        sample="ci-parts",
        body=_CI_PARTS,
        prove=signature("x-stagecoach-signature-256", prefix="sha256="),
        settings=ReceiverSettings(signed=True),
        registry="registry.example.com",
    ),
)
