"""Which address ranges of a network policy belong to one network, and so may not fit another cluster's. Pure."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

# Exceptions for the whole of a private range (RFC 1918, RFC 6598, RFC 4193) mean "whatever is inside", anywhere.
_ALL_PRIVATE = frozenset({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"})


def ranges_of_networks(block: Mapping[str, Any]) -> Iterator[str]:
    """The ranges of an `ipBlock` that mean something else in another network.

    The whole of the internet, a public address and a link-local one, as that of a cloud's metadata, are the same
    everywhere.
    """
    if "cidr" in block and not _is_the_same_everywhere(str(block["cidr"])):
        yield str(block["cidr"])
    for each in map(str, block.get("except") or ()):
        if each not in _ALL_PRIVATE and not _is_the_same_everywhere(each):
            yield f"except {each}"


def _is_the_same_everywhere(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:  # a spelling that API servers once took, as 10.0.0.5/24
        return False
    return network.prefixlen == 0 or network.is_global or network.is_link_local or network.is_loopback
