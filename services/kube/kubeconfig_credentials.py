"""Vets the secret parts of a kubeconfig: token, certificates and key. Reasons never quote a value."""

import base64
import binascii
import re
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from services.kube.kubeconfig_fields import EXPORT, Vetting
from services.kube.yaml_tree import Mapping

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\s*")
# What kubectl prints without --raw (client-go tools/clientcmd/api/helpers.go, ShortenConfig and RedactSecrets), and
# what people and other tools write in place of a secret.
_REDACTED = re.compile(r"[\[<({*]*(data[+ ]omitted|redacted|omitted|hidden|masked)[\])>}*]*|\*+|x{8,}", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<[^<>]*>|\$\{[^{}]*\}|\$[A-Z_]+|\{\{.*\}\}", re.DOTALL)
# RFC 7468: text around the blocks is allowed and ignored.
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_BEGIN = "-----BEGIN"
_DER = b"\x30\x82"  # a SEQUENCE of 256 bytes or more, as certificates and keys are


@dataclass(frozen=True, kw_only=True)
class VettedUser:
    """The credential of a user; each part is secret and has no repr. None: there is none, or it is refused."""

    token: str | None = field(repr=False)
    certificate: str | None = field(repr=False)  # PEM
    key: str | None = field(repr=False)  # PEM


def vet_user(vetting: Vetting, user: Mapping, path: str) -> VettedUser:
    """Token and client certificate of a user; a user without either is refused."""
    token = _token(vetting, user, path)
    certificate, key = _client_pair(vetting, user, path)
    if token is None and certificate is None and not vetting.problems:
        vetting.refuse(
            path,
            user.line,
            "has no credential: give 'token', or 'client-certificate-data' and 'client-key-data'",
        )
    return VettedUser(token=token, certificate=certificate, key=key)


def vet_authority(vetting: Vetting, cluster: Mapping, path: str) -> str | None:
    """The certificates (PEM) of the authority that signs the API server's certificate; None: the system's."""
    pem = _pem(vetting, cluster, "certificate-authority-data", path, block="CERTIFICATE")
    if pem is not None:
        _certificates(vetting, pem, cluster, "certificate-authority-data", path)
    return pem


def _token(vetting: Vetting, user: Mapping, path: str) -> str | None:
    token = vetting.text(user, "token", path)
    if token is None or _is_blanked(vetting, token, user, "token", path):
        return None
    if _JWT.fullmatch(decode_base64(token) or b""):
        reason = "is a token in base64, as a Secret holds it; decode it (base64 -d) and give the token"
        vetting.refuse(f"{path}.token", user.lines["token"], reason)
        return None
    if _TOKEN.fullmatch(token):
        return token
    if token.lower().startswith("bearer "):
        vetting.refuse(f"{path}.token", user.lines["token"], "begins with 'Bearer'; give the token alone")
        return None
    reason = "has characters that no token has, or is too long"
    if _TOKEN.fullmatch(token.strip()):
        reason = "has a line break or a blank at an end; write it in one line, without the | of a block"
    vetting.refuse(f"{path}.token", user.lines["token"], reason)
    return None


def _is_blanked(vetting: Vetting, text: str, node: Mapping, key: str, path: str) -> bool:
    """Refuses a text that stands in place of a secret."""
    if _REDACTED.fullmatch(text.strip()):
        reason = f"is what tools print in place of the secret; give what this prints: {EXPORT}"
    elif _PLACEHOLDER.fullmatch(text.strip()):
        reason = "is a placeholder; put the value itself in its place"
    else:
        return False
    vetting.refuse(f"{path}.{key}", node.lines[key], reason)
    return True


def _pem(vetting: Vetting, node: Mapping, key: str, path: str, *, block: str) -> str | None:
    """The PEM blocks whose label ends in `block`, and no other text; None where there are none, or it is refused."""
    encoded = vetting.text(node, key, path)
    if encoded is None or _is_blanked(vetting, encoded, node, key, path):
        return None
    decoded = decode_base64(encoded)
    text = "" if decoded is None else decoded.decode("utf-8", errors="replace")
    blocks = [found for found in _BLOCK.finditer(text) if found[1].endswith(block)]
    if not blocks:
        vetting.refuse(f"{path}.{key}", node.lines[key], _no_blocks(encoded, decoded, text, block))
        return None
    return "".join(f"{found[0]}\n" for found in blocks)


def decode_base64(encoded: str) -> bytes | None:
    """The bytes; None where the text is no base64. White space does not count."""
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _no_blocks(encoded: str, decoded: bytes | None, text: str, block: str) -> str:
    """Why there is no block: what the value is instead, and how to make it right."""
    if _BEGIN in encoded:
        return "is the PEM text itself; encode it in base64, in one line: base64 -w0 FILE"
    if decoded is None:
        return "is not PEM text in base64: it has other characters, or an end is missing"
    if _BEGIN in (decode_base64(text) or b"").decode("utf-8", errors="replace"):
        return "is encoded in base64 twice; encode the PEM text once"
    what = f"has no PEM {'certificate' if block == 'CERTIFICATE' else 'private key'}"
    if decoded.startswith(_DER):
        return f"{what}: it is DER; make it PEM (openssl x509 -inform der, openssl pkey -inform der) and encode that"
    if held := _BLOCK.search(text):
        return f"{what}: it has a block '{held[1].lower()}'"
    return f"{what}: its last lines are missing" if _BEGIN in text else what


def _certificates(vetting: Vetting, pem: str, node: Mapping, key: str, path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        vetting.refuse(f"{path}.{key}", node.lines[key], "has a PEM certificate that cannot be read")
        return []


def _client_pair(vetting: Vetting, user: Mapping, path: str) -> tuple[str | None, str | None]:
    """The certificate and its key (PEM), or None twice: there is no pair, or it is refused."""
    certificate = _pem(vetting, user, "client-certificate-data", path, block="CERTIFICATE")
    key = _pem(vetting, user, "client-key-data", path, block="PRIVATE KEY")
    if certificate is None and key is None:
        return None, None
    if certificate is None or key is None:
        missing = "client-certificate-data" if certificate is None else "client-key-data"
        if vetting.text(user, missing, path) is None:
            vetting.refuse(f"{path}.{missing}", user.line, "is missing: certificate and key belong together")
        return None, None
    certificates = _certificates(vetting, certificate, user, "client-certificate-data", path)
    line = user.lines["client-key-data"]
    try:
        private_key = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        vetting.refuse(f"{path}.client-key-data", line, "is encrypted; give it without a password")
        return None, None
    except (ValueError, UnsupportedAlgorithm):
        vetting.refuse(f"{path}.client-key-data", line, "has a PEM private key that cannot be read")
        return None, None

    def spki(public: object) -> bytes:
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]

    if certificates and spki(certificates[0].public_key()) != spki(private_key.public_key()):
        vetting.refuse(f"{path}.client-key-data", line, "does not belong to the certificate")
    return certificate, key
