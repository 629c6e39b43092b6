"""Maps errors of aiohttp, OpenSSL and the operating system (no answer) to `RegistryError`s. Pure.

Texts of exceptions are not passed on, because some quote headers; `strerror` and OpenSSL's reason for refusing a
certificate are safe, and name the cause.
"""

import asyncio
import os
import ssl

import aiohttp

from services.net.addresses import AddressRefused
from services.net.causes import causes
from services.registry.errors import (
    RegistryAddressRefusedError,
    RegistryCertificateError,
    RegistryUnreachableError,
    Subject,
)


def error_of_transport(  # noqa: PLR0911  one guard after the other reads best
    error: BaseException, *, subject: Subject, server: str, seconds: float
) -> RegistryUnreachableError:
    """The error for a failed attempt.

    `server`: host and port of the connection, which a redirect may have named. `seconds`: the timeout of the attempt.
    """
    for cause in causes(error):
        if isinstance(cause, AddressRefused):
            return RegistryAddressRefusedError(subject, f"Stagecoach does not connect to {server}: {cause}.")
        if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, aiohttp.ClientError):
            return RegistryCertificateError(
                subject,
                f"the certificate of {server} is not trusted ({cause.verify_message.rstrip('.')}). Add its "
                "authority to those that the machine of Stagecoach trusts.",
            )
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RegistryUnreachableError(subject, f"{server} does not accept connections (no answer in time).")
    if isinstance(error, asyncio.TimeoutError):
        return RegistryUnreachableError(subject, f"{server} did not answer within {seconds:.0f} seconds.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RegistryUnreachableError(subject, f"the name in {server} does not resolve to an address.")
    if isinstance(error, aiohttp.ClientSSLError):
        return RegistryUnreachableError(
            subject, f"TLS with {server} failed. If the registry speaks plain HTTP, register it with plain HTTP."
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno  # strerror is asyncio's own sentence here
        reason = os.strerror(number) if number else "the connection was closed at once"
        return RegistryUnreachableError(subject, f"connecting to {server} failed: {reason}.")
    if isinstance(error, aiohttp.ClientResponseError | ValueError):
        return RegistryUnreachableError(subject, f"{server} does not answer with valid HTTP.")
    return RegistryUnreachableError(subject, f"{server} closed the connection in the middle of an answer.")
