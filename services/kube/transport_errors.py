"""Maps errors of aiohttp, OpenSSL and the operating system (no answer) to `ClusterError`s. Pure.

Texts of exceptions are not passed on: some quote headers or bytes that were sent. `strerror` and OpenSSL's reason for
refusing a certificate are safe, and name the cause.
"""

import asyncio
import os
import ssl

import aiohttp

from services.kube.errors import (
    AddressRefusedError,
    BudgetExceededError,
    CertificateError,
    ClusterError,
    ClusterNotConnectedError,
    ClusterUnreachableError,
    CredentialRefusedError,
)
from services.net.addresses import AddressRefused
from services.net.causes import causes

SILENT_SECONDS = 5.0  # after so long without an answer the server hangs, whatever the caller's deadline was


def error_of_transport(  # noqa: C901, PLR0911  one guard after the other reads best
    error: BaseException, *, cluster: str, server: str, waited: float, out_of_time: bool
) -> ClusterError:
    """The `ClusterError` for a failed attempt.

    `server` is its host and port. `waited`: the seconds that the attempt took. `out_of_time`: whether the caller's
    deadline has passed.
    """
    for cause in causes(error):
        if isinstance(cause, aiohttp.ClientError):
            continue  # some of aiohttp's errors are subclasses of the ssl errors that they wrap
        if isinstance(cause, AddressRefused):
            return AddressRefusedError(f"Stagecoach does not connect to {server}: {cause}.", cluster=cluster)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(
                f"The certificate of {server} is not trusted: {cause.verify_message.rstrip('.')}.", cluster=cluster
            )
        if isinstance(cause, ssl.SSLError):
            connected = not isinstance(error, aiohttp.ClientConnectorError)
            return _tls_error(cause, cluster=cluster, server=server, connected=connected)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ClusterNotConnectedError(f"{server} does not accept connections (no answer in time).", cluster=cluster)
    if isinstance(error, asyncio.TimeoutError):  # SocketTimeoutError too
        if out_of_time and waited < SILENT_SECONDS:
            return BudgetExceededError(f"{server} did not answer before the time was used up.", cluster=cluster)
        return ClusterUnreachableError(
            f"{server} accepted the connection but did not answer for {waited:.0f} seconds.", cluster=cluster
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ClusterNotConnectedError(f"The name in {server} does not resolve to an address.", cluster=cluster)
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno  # strerror is asyncio's own sentence here
        reason = os.strerror(number) if number else "the connection was closed at once"
        return ClusterNotConnectedError(f"Connecting to {server} failed: {reason}.", cluster=cluster)
    if isinstance(error, aiohttp.ClientResponseError):
        return ClusterUnreachableError(f"{server} does not answer with valid HTTP.", cluster=cluster)
    if isinstance(error, aiohttp.ClientPayloadError):
        return ClusterUnreachableError(f"{server} closed the connection in the middle of an answer.", cluster=cluster)
    return ClusterUnreachableError(f"{server} closed the connection without an answer.", cluster=cluster)


def _tls_error(error: ssl.SSLError, *, cluster: str, server: str, connected: bool) -> ClusterError:
    reason = error.reason or ""
    if "ALERT" in reason and any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")):
        return CredentialRefusedError(f"{server} refuses the client certificate ({reason}).", cluster=cluster)
    detail = f"TLS with {server} fails ({reason or 'no reason given'})."
    return (ClusterUnreachableError if connected else ClusterNotConnectedError)(detail, cluster=cluster)
