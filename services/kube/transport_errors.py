"""What aiohttp and the operating system say when there is no answer, as errors of ours.

Texts of exceptions are not passed on: some quote headers or bytes of the conversation. `strerror` and what OpenSSL
says of a certificate are safe, and what a person needs.
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

SILENT_SECONDS = 5.0  # an attempt that got no answer for so long met a server that hangs, whatever our budget was


def error_of_transport(  # noqa: C901, PLR0911  one guard after the other reads best
    error: BaseException, *, cluster: str, server: str, waited: float, out_of_time: bool
) -> ClusterError:
    """`waited`: seconds of this attempt. `out_of_time`: the caller's deadline has passed."""
    for cause in causes(error):
        if isinstance(cause, aiohttp.ClientError):
            continue  # some of aiohttp's errors pose as those of ssl that they wrap
        if isinstance(cause, AddressRefused):
            return AddressRefusedError(f"{server} is not connected to: {cause}.", cluster=cluster)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(
                f"The certificate of {server} is not trusted: {cause.verify_message.rstrip('.')}.", cluster=cluster
            )
        if isinstance(cause, ssl.SSLError):
            connected = not isinstance(error, aiohttp.ClientConnectorError)
            return _tls_error(cause, cluster=cluster, server=server, connected=connected)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ClusterNotConnectedError(f"{server} does not take the connection (no answer in time).", cluster=cluster)
    if isinstance(error, asyncio.TimeoutError):  # SocketTimeoutError too
        if out_of_time and waited < SILENT_SECONDS:
            return BudgetExceededError(f"{server} had not answered when the time was up.", cluster=cluster)
        return ClusterUnreachableError(
            f"{server} takes the connection but did not answer for {waited:.0f} seconds.", cluster=cluster
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ClusterNotConnectedError(f"The name of {server} has no address.", cluster=cluster)
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno  # strerror is asyncio's own sentence here
        reason = os.strerror(number) if number else "the connection ended at once"
        return ClusterNotConnectedError(f"{server} cannot be connected to: {reason}.", cluster=cluster)
    if isinstance(error, aiohttp.ClientResponseError):
        return ClusterUnreachableError(f"{server} does not speak HTTP as an API server does.", cluster=cluster)
    if isinstance(error, aiohttp.ClientPayloadError):
        return ClusterUnreachableError(f"{server} broke off in the middle of an answer.", cluster=cluster)
    return ClusterUnreachableError(f"{server} closed the connection without an answer.", cluster=cluster)


def _tls_error(error: ssl.SSLError, *, cluster: str, server: str, connected: bool) -> ClusterError:
    reason = error.reason or ""
    if "ALERT" in reason and any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")):
        return CredentialRefusedError(f"{server} refuses the client certificate ({reason}).", cluster=cluster)
    detail = f"TLS with {server} fails ({reason or 'no reason given'})."
    return (ClusterUnreachableError if connected else ClusterNotConnectedError)(detail, cluster=cluster)
