"""What aiohttp and the operating system say when there is no answer, as errors of ours.

Texts of exceptions are not passed on, because some quote headers; `strerror` and what OpenSSL says of a certificate are
safe, and what a person needs.
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
    """`server`: host and port that were spoken to, which a redirect may have named. `seconds`: how long we waited."""
    for cause in causes(error):
        if isinstance(cause, AddressRefused):
            return RegistryAddressRefusedError(subject, f"{server} is not connected to: {cause}.")
        if isinstance(cause, ssl.SSLCertVerificationError) and not isinstance(cause, aiohttp.ClientError):
            return RegistryCertificateError(
                subject,
                f"the certificate of {server} is not trusted ({cause.verify_message.rstrip('.')}). Have its authority "
                "trusted by the machine that Stagecoach runs on.",
            )
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RegistryUnreachableError(subject, f"{server} does not take the connection (no answer in time).")
    if isinstance(error, asyncio.TimeoutError):
        return RegistryUnreachableError(subject, f"{server} did not answer within {seconds:.0f} seconds.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RegistryUnreachableError(subject, f"the name of {server} has no address.")
    if isinstance(error, aiohttp.ClientSSLError):
        return RegistryUnreachableError(
            subject, f"TLS with {server} fails. Where it speaks plain HTTP, the registry has to be registered so."
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno  # strerror is asyncio's own sentence here
        reason = os.strerror(number) if number else "the connection ended at once"
        return RegistryUnreachableError(subject, f"{server} cannot be connected to: {reason}.")
    if isinstance(error, aiohttp.ClientResponseError | ValueError):
        return RegistryUnreachableError(subject, f"{server} does not speak HTTP as a registry does.")
    return RegistryUnreachableError(subject, f"{server} broke off in the middle of an answer.")
