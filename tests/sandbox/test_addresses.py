"""Addresses and ranges of addresses, as API servers of 1.36 take them in new objects."""

import pytest

from sandbox.kinds import formats


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.0.0.0/8", ""),
        ("0.0.0.0/0", ""),
        ("2001:db8::/64", ""),
        ("2001:DB8:0:0::/64", ""),
        ("10.0.0.1/8", "must not have bits set beyond the prefix length"),
        ("2001:db8::1/64", "must not have bits set beyond the prefix length"),
        ("10.0.0.0/08", "must not have leading 0s in IP or prefix length"),
        ("010.0.0.0/8", "must not have leading 0s in IP or prefix length"),
        ("::ffff:10.0.0.0/104", "must not have an IPv4-mapped IPv6 address"),
        ("10.0.0.0", "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
        ("10.0.0.0/33", "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    ],
)
def test_a_range_is_taken_in_one_spelling(text: str, problem: str) -> None:
    assert formats.strict_network(text) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.1.2.3", ""),
        ("10.0.0.10", ""),
        ("2001:db8::1", ""),
        ("010.1.2.3", "must not have leading 0s"),
        ("::ffff:1.2.3.4", "must not be an IPv4-mapped IPv6 address"),
        ("300.1.2.3", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        ("", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
    ],
)
def test_an_address_is_taken_without_leading_zeros(text: str, problem: str) -> None:
    assert formats.strict_address(text) == problem
