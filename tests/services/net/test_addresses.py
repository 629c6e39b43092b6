"""Which addresses are allowed, and that a name cannot evade the policy."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.net.addresses import AddressPolicy, AddressRefused, VettingResolver

OPEN = AddressPolicy(allow_loopback=True, allow_private=True)
CLOSED = AddressPolicy(allow_loopback=False, allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::169.254.169.254",
        "2001:0:4136:e378:8000:63bf:5601:5601",
    ],
)
def test_metadata_multicast_and_unspecified_addresses_are_always_refused(address: str):
    assert OPEN.refusal(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "::127.0.0.1"])
def test_loopback_is_a_setting(address: str):
    assert OPEN.refusal(address) is None
    assert AddressPolicy(allow_loopback=False, allow_private=True).refusal(address)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.1.1.1"]
)
def test_private_networks_are_a_setting(address: str):
    assert OPEN.refusal(address) is None
    assert CLOSED.refusal(address)


@pytest.mark.parametrize("address", ["203.0.114.7", "2606:4700::1111"])
def test_public_addresses_are_connected_to(address: str):
    assert CLOSED.refusal(address) is None


async def test_a_name_that_leads_to_a_refused_address_only_is_refused():
    with ThreadPoolExecutor(1) as threads, pytest.raises(AddressRefused, match="loopback"):
        await VettingResolver(CLOSED, threads=threads).resolve("localhost", 443, socket.AF_INET)


async def test_a_number_in_disguise_is_not_resolved():
    with ThreadPoolExecutor(1) as threads, pytest.raises(AddressRefused, match="unusual notation"):
        await VettingResolver(OPEN, threads=threads).resolve("0x7f000001", 443, socket.AF_INET)


@pytest.mark.parametrize(
    "host",
    [
        "2852039166",
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0x7f000001",
        "0X7F.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.01",
        "127.0.0.1.",
        "127.1.",
        "1.2.3.4.5",
        "256.256.256.256",
        "999",
        "0x",
        "foo.0x4",
        "169.254.169.254.",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\u2460\u2461\u2466.0.0.1",
        "%31%32%37.0.0.1",
        "127.0.0.1%25eth0",
    ],
)
def test_a_number_in_an_unusual_notation_is_refused_whatever_it_leads_to(host: str):
    assert OPEN.host_refusal(host)
    assert CLOSED.host_refusal(host)


@pytest.mark.parametrize(
    "host",
    [
        "registry.example",
        "localhost",
        "api.k8s-1.example.",
        "node1",
        "1.registry.example",
        "0x7f.example",
        "10-0-0-1.nip.io",
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "[::1]",
        "[fd12::1]",
        "2606:4700::1111",
        "m\u00fcnchen.example",
    ],
)
def test_names_and_addresses_in_the_usual_notation_are_not_numbers_in_disguise(host: str):
    assert OPEN.host_refusal(host) is None


async def test_an_allowed_name_gives_addresses_to_connect_to():
    with ThreadPoolExecutor(1) as threads:
        found = await VettingResolver(OPEN, threads=threads).resolve("localhost", 443, socket.AF_INET)
    assert [(result["host"], result["port"]) for result in found] == [("127.0.0.1", 443)]
