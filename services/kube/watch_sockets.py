"""The sockets of watches: small buffers, and a link that is cut is noticed.

A watch waits for most of its life, and a process holds thousands of them. With the usual receive buffer a connection
grows to several hundred KiB by the first burst and stays so. And a link that a firewall cut in silence looks like a
cluster where nothing happens: keepalive probes find it out within eleven seconds, where a read timeout takes a minute.
"""

import socket

from aiohttp import AddrInfoType

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
