"""The sockets of watches: small buffers, and a link that is cut is noticed.

A watch waits for most of its life, and a process holds thousands of them. With the usual receive buffer a connection
grows to several hundred KiB by the first burst and stays so. And a link that a firewall cut in silence looks like a
cluster where nothing happens: keepalive probes find it out within eleven seconds, where a read timeout takes a minute.
"""

import socket
import ssl

from aiohttp import AddrInfoType, ClientResponse

_RECEIVE_BUFFER = 16 * 1024
_IDLE, _INTERVAL, _PROBES = 5, 2, 3  # seconds, seconds, unanswered ones after which the link is cut
# Not all systems have all of them: macOS names the first one TCP_KEEPALIVE.
_KEEPALIVE = (("TCP_KEEPIDLE", _IDLE), ("TCP_KEEPINTVL", _INTERVAL), ("TCP_KEEPCNT", _PROBES))


def watch_socket(address: AddrInfoType) -> socket.socket:
    """A socket for one watch, not connected yet."""
    family, type_, protocol, _, _ = address
    made = socket.socket(family, type_, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made


def release_write_buffer(response: ClientResponse) -> None:
    """Have OpenSSL give back 17 KiB of a connection on which nothing will be sent any more.

    A server of TLS 1.3 sends session tickets after the handshake. To read one, OpenSSL sets up a buffer to write with
    as well, and releases it with the next write only, which a watch never makes. To write nothing releases it, and
    sends nothing. No effect without TLS.
    """
    connection = response.connection
    transport = connection.transport if connection is not None else None
    wrapped = transport.get_extra_info("ssl_object") if transport is not None else None
    if isinstance(wrapped, ssl.SSLObject):
        wrapped.write(b"")
