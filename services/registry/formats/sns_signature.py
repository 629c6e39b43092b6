"""Verifies the signatures of Amazon SNS, and decides which of its URLs may be fetched. Pure.

A valid signature proves only that some topic sent the message, and every AWS account can create topics. So only topics
in the receiver's settings are accepted: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from domain.stored.receivers import ReceiverSettings
from services.registry.deliveries import FetchedKeys, KeyUrl, ProofRefusedError, Request, UnreadableDeliveryError
from services.registry.formats.reading import Node, read_json

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

_HOST = re.compile(r"sns\.[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/[A-Za-z0-9_-]{1,128}\.pem")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@dataclass(frozen=True)
class SnsSignature:
    """An RSA signature of members of the body, with a certificate that Amazon serves."""

    def required_key(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None:
        """The certificate to fetch. Raises `ProofRefusedError`, also for another topic: nothing is fetched for it."""
        body = _body(request)
        if request.headers.get("x-amz-sns-rawdelivery", "").lower() == "true" or not _text(body, "Signature"):
            raise ProofRefusedError(
                "The message has no signature. Turn raw message delivery off at the subscription.", missing=True
            )
        if _text(body, "TopicArn") not in settings.topics:
            raise ProofRefusedError("The topic is not among the topics in the receiver's settings.")
        url = _text(body, "SigningCertURL")
        if not is_certificate_url(url):
            raise ProofRefusedError("The signing certificate is not at Amazon SNS (SigningCertURL).")
        return KeyUrl(url=url)

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None:  # noqa: ARG002
        return None  # it covers the message id

    def verify(
        self,
        request: Request,
        *,
        secrets: Sequence[str],  # noqa: ARG002  the receiver's secret has no part in it
        settings: ReceiverSettings,
        keys: FetchedKeys | None,
        now: datetime,
    ) -> None:
        """Raises `ProofRefusedError`."""
        key_url = self.required_key(request, settings)
        if keys is None or key_url is None or keys.url != key_url.url:
            raise ProofRefusedError("The signing certificate could not be read.")
        body = _body(request)
        version = _text(body, "SignatureVersion")
        if version not in {"1", "2"}:
            raise ProofRefusedError("The version of the signature is not supported (SignatureVersion must be 1 or 2).")
        try:
            signature = base64.b64decode(_text(body, "Signature"), validate=True)
        except (binascii.Error, ValueError):
            raise ProofRefusedError("The signature is not base64.") from None
        try:
            _key(keys.body, now).verify(
                signature,
                signed_text(body).encode("utf-8", "surrogatepass"),
                PKCS1v15(),
                SHA256() if version == "2" else SHA1(),  # noqa: S303  Amazon's version 1 requires it
            )
        except InvalidSignature:
            raise ProofRefusedError("The signature does not match the message.") from None


def is_certificate_url(url: str) -> bool:
    """Whether it is `https://sns.REGION.amazonaws.com[.cn]/NAME.pem`, without a query."""
    parts = _parts(url)
    return parts is not None and _CERTIFICATE.fullmatch(parts[0]) is not None and not parts[1]


def is_subscribe_url(url: str) -> bool:
    """Whether the URL confirms a subscription at Amazon SNS, and does nothing else."""
    parts = _parts(url)
    if parts is None or parts[0] not in {"", "/"}:
        return False
    try:
        return parse_qs(parts[1], max_num_fields=10).get("Action") == ["ConfirmSubscription"]
    except ValueError:
        return False


def signed_text(body: Node) -> str:
    """The text that the signature covers. Raises `ProofRefusedError` for an unknown type of message."""
    names = _SIGNED.get(_text(body, "Type"))
    if names is None:
        raise ProofRefusedError("The message is of a type that Amazon SNS does not send.")
    return "".join(f"{name}\n{_text(body, name)}\n" for name in names if body.at(name).value is not None)


def _parts(url: str) -> tuple[str, str] | None:
    """Path and query, None for what does not lie at Amazon SNS."""
    if len(url) > 2048 or not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc) or parts.fragment:
        return None
    return parts.path, parts.query


def _key(pem: bytes, now: datetime) -> RSAPublicKey:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, TypeError):
        raise ProofRefusedError("The signing certificate cannot be read.") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ProofRefusedError("The key of the signing certificate is not an RSA key of at least 2048 bits.")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ProofRefusedError("The signing certificate is not valid now.")
    return key


def _body(request: Request) -> Node:
    """An object."""
    try:
        body = read_json(request.body)
        body.at("Type")
    except UnreadableDeliveryError as error:
        raise ProofRefusedError(f"The message and its signature cannot be read. {error.detail}") from None
    return body


def _text(body: Node, name: str) -> str:
    try:
        return body.at(name).text_or_none() or ""
    except UnreadableDeliveryError as error:
        raise ProofRefusedError(error.detail) from None
