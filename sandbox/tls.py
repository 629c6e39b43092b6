"""The certificates of practice clusters: an authority of their own, and one server key.

kubectl sends tokens over TLS only, so kubeconfigs name an https address; plain http works too.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.kubeconfig import write_private

_VALID = timedelta(days=825)  # as long as clients accept of a server's certificate


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The authority's certificate, and the server's with its key; all PEM."""

    authority: str
    server: str

    def context(self, scratch: Path) -> ssl.SSLContext:
        """For the server; the key has to pass through a file, which only its owner may read."""
        path = scratch / "server.pem"
        write_private(path, self.server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def make_identity() -> Identity:
    """A new one, for the loopback interface."""
    now = datetime.now(UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = (
        x509.CertificateBuilder()
        .subject_name(_name("practice clusters"))
        .issuer_name(_name("practice clusters"))
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    server = (
        x509.CertificateBuilder()
        .subject_name(_name("127.0.0.1"))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(issuer, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return Identity(
        authority=authority.public_bytes(pem).decode(), server=(server.public_bytes(pem) + private).decode()
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def kept_identity(folder: Path) -> Identity:
    """The identity of the last time, so that kubeconfigs that were given out stay good; a new one near its end."""
    authority, server = folder / "authority.pem", folder / "server.pem"
    if authority.exists() and server.exists():
        certificate = x509.load_pem_x509_certificate(server.read_bytes())
        if certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=30):
            return Identity(authority=authority.read_text(), server=server.read_text())
    identity = make_identity()
    write_private(authority, identity.authority)
    write_private(server, identity.server)
    return identity
