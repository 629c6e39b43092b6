"""Decides which addresses Stagecoach connects to, at the moment of connecting (protection against SSRF).

A name that was harmless when its kubeconfig was vetted can resolve to a metadata service a minute later (DNS
rebinding), so the policy is applied to every resolution, not only to the submitted address.

A host is judged as it is written, too: what is a number in any notation but the usual one (`2852039166`, `0x7f.1`) is
refused, because programs disagree about where it leads.

Names are resolved in threads of their own: the slow name server of a dead cluster must not block other clusters.
"""

import asyncio
import errno
import ipaddress
import re
import socket
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import unquote

from aiohttp.abc import AbstractResolver, ResolveResult

_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Metadata services, which give credentials to every process on the machine, at addresses that are not link-local.
_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "100.100.100.200",  # Alibaba Cloud
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle Cloud
        "fd00:ec2::254",  # AWS
        "fd20:ce::254",  # Google Cloud
    )
)
_COMPATIBLE = ipaddress.ip_network("::/96")  # deprecated (RFC 4291, section 2.5.5.1), but parsed
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# How the last label of a host begins and ends where the host is an IPv4 address in some notation, and no name:
# https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
UNUSUAL = "it is an address in an unusual notation"


class AddressRefused(OSError):  # noqa: N818  an OSError, because that is what aiohttp passes on from a resolver
    """The policy allows none of the addresses that a name resolves to; the text says why."""


@dataclass(frozen=True, kw_only=True)
class AddressPolicy:
    """Never allows link-local, metadata, multicast and unspecified addresses; loopback and private ones by setting."""

    allow_loopback: bool
    allow_private: bool

    def with_private(self) -> "AddressPolicy":
        """The same policy, but with private addresses allowed."""
        return replace(self, allow_private=True)

    def host_refusal(self, host: str) -> str | None:
        """Why the policy refuses the host of a URL; None where it allows it, or where it is a name to be resolved."""
        if is_disguised_address(host):
            return UNUSUAL
        try:
            return self.refusal(host.strip("[]"))
        except ValueError:
            return None  # a name, which is judged by what it resolves to

    def refusal(self, address: str) -> str | None:
        """Why the policy refuses this IP address, or None where it allows it. Raises `ValueError` for a name."""
        ip = _embedded_ipv4(ipaddress.ip_address(address.partition("%")[0]))
        if ip in _METADATA:
            return "it is a cloud provider's metadata service"
        if ip.is_link_local:
            return "it is a link-local address, where metadata services live"
        if ip.is_unspecified or ip.is_multicast or ip == ipaddress.ip_address("255.255.255.255"):
            return "it is not the address of one machine"
        if ip.is_loopback:
            return None if self.allow_loopback else "it is this machine itself (loopback)"
        if not ip.is_global:
            return None if self.allow_private else "it is an address of a private network"
        return None


def is_disguised_address(host: str) -> bool:
    """Whether a host is an IP address that is not written as one usually is, so that some programs take it for a name.

    `inet_aton` reads one to four parts, decimal, octal or hexadecimal; resolvers call it, `ipaddress` does not. Some
    programs first decode `%31` and fold full-width digits and dots (UTS 46), and a dot at the end changes nothing.
    """
    plain = host.removeprefix("[").removesuffix("]")
    if _is_address(plain):
        return False
    folded = unicodedata.normalize("NFKC", unquote(plain)).replace("\u3002", ".").rstrip(".")
    if _is_address(folded.partition("%")[0]):
        return True
    *_, last = folded.split(".")
    return _NUMBER.fullmatch(last) is not None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _embedded_ipv4(ip: _IpAddress) -> _IpAddress:
    """The IPv4 address inside an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64), where a connection would end; else
    itself.
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


class VettingResolver(AbstractResolver):
    """A resolver for aiohttp that leaves out the addresses that the policy refuses."""

    def __init__(self, policy: AddressPolicy, *, threads: ThreadPoolExecutor, timeout: float = 5.0) -> None:
        self._policy = policy
        self._threads = threads
        self._timeout = timeout  # seconds that a name server has to answer

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `AddressRefused` where addresses exist but none is allowed, `OSError` where the name has none."""
        if is_disguised_address(host):
            raise AddressRefused(f"{host}: {UNUSUAL}")
        resolving = asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        )
        try:
            resolved = await asyncio.wait_for(resolving, self._timeout)
        except TimeoutError:
            raise OSError(errno.ETIMEDOUT, "the name server did not answer in time") from None
        allowed: list[ResolveResult] = []
        refusal = None
        for kind, _, protocol, _, sockaddr in resolved:
            address = str(sockaddr[0])
            reason = self._policy.refusal(address)
            if reason is not None:
                refusal = f"{address}: {reason}"
                continue
            allowed.append(
                ResolveResult(
                    hostname=host,
                    host=address,
                    port=port,
                    family=kind,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not allowed:
            raise AddressRefused(refusal or "the name does not resolve to an address")
        return allowed

    async def close(self) -> None:
        """Closes nothing: the threads belong to the caller."""
