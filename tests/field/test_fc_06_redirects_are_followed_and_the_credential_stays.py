"""Registries redirect any request: tags and the front door as well as manifests and blobs."""

import json

import pytest

from services.registry.errors import RegistryAddressRefusedError, RegistryMalformedError, TooManyTagsError
from services.registry.oci import RegistryClients
from tests.services.registry.test_tokens import BASIC, SHOWN
from tests.support.fake_registry import REPOSITORY, FakeRegistry, in_turn, says

TAGS = f"/v2/{REPOSITORY}/tags/list"
MIRROR = f"/v2/mirror/{REPOSITORY}/tags/list"
LISTED = says(body=b'{"name": "mirror/shop/web", "tags": ["3.9", "3.10"]}')


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_list_of_tags_on_another_host_is_read_without_the_credential(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry, status: int
):
    sent_on = says(status, Location=f"{elsewhere.server.url}{MIRROR}")
    secure.on(TAGS, secure.guarded('Basic realm="a registry"', SHOWN)(sent_on))
    elsewhere.on(MIRROR, LISTED)
    assert await clients.tags(secure.access(BASIC), REPOSITORY) == ("3.9", "3.10")
    assert elsewhere.proofs() == [None]


async def test_a_front_door_on_another_host_is_found(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    secure.on("/v2/", says(307, Location=f"{elsewhere.server.url}/v2/"))
    elsewhere.on("/v2/", says(body=b"{}"))
    await clients.probe(secure.access(BASIC))
    assert elsewhere.proofs() == [None]


async def test_the_next_page_is_asked_of_the_registry_itself(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    pages = in_turn(says(307, Location=f"{elsewhere.server.url}{MIRROR}"), says(body=b'{"tags": ["3.10"]}'))
    secure.on(TAGS, pages)
    elsewhere.on(MIRROR, says(body=b'{"tags": ["3.8", "3.9"]}', Link=f'<{MIRROR}?last=3.9&n=2>; rel="next"'))
    assert await clients.tags(secure.access(), REPOSITORY) == ("3.8", "3.9", "3.10")
    assert [seen.query.get("last") for seen in secure.asked(TAGS)] == [None, "3.9"]


async def test_a_redirect_that_loses_the_query_ends_with_an_error(
    clients: RegistryClients, secure: FakeRegistry, elsewhere: FakeRegistry
):
    secure.on(TAGS, says(307, Location=f"{elsewhere.server.url}{MIRROR}"))
    elsewhere.on(MIRROR, says(body=b'{"tags": ["3.9"]}', Link=f'<{MIRROR}?last=3.9>; rel="next"'))
    with pytest.raises(RegistryMalformedError, match="link to themselves"):
        await clients.tags(secure.access(), REPOSITORY)
    assert len(elsewhere.asked()) < 5


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/x", "https://169.254.169.254/latest/", "https://[fd00:ec2::254]/"]
)
async def test_an_address_that_is_not_connected_to_is_not_reached_by_a_list_of_tags(
    clients: RegistryClients, secure: FakeRegistry, location: str
):
    secure.on(TAGS, says(307, Location=location))
    with pytest.raises(RegistryAddressRefusedError):
        await clients.tags(secure.access(BASIC), REPOSITORY)


async def test_redirects_in_a_circle_end(clients: RegistryClients, plain: FakeRegistry):
    plain.on(TAGS, says(302, Location=TAGS))
    with pytest.raises(RegistryMalformedError, match="too often"):
        await clients.tags(plain.access(), REPOSITORY)


@pytest.mark.parametrize("status", [400, 405, 416, 422])
async def test_a_size_of_page_that_is_refused_is_not_insisted_on(
    clients: RegistryClients, plain: FakeRegistry, status: int
):
    refused = says(status, b'{"errors": [{"code": "PAGINATION_NUMBER_INVALID"}]}')
    plain.on(TAGS, in_turn(refused, refused, LISTED))
    assert await clients.tags(plain.access(), REPOSITORY) == ("3.9", "3.10")
    assert [seen.query.get("n") for seen in plain.asked(TAGS)] == ["1000", "100", None]


@pytest.mark.parametrize(
    "link",
    [
        '</first>; rel="first", <{next}>; rel="next"',
        "<{next}>; rel=next",
        "<{next}>;rel='next'",
        '<{next}>; title="a, b; c"; rel="last next"',
        '<{next}>; type="x"; REL="Next"',
        '{next}; rel="next"',
    ],
)
async def test_the_next_page_is_found_among_links(clients: RegistryClients, plain: FakeRegistry, link: str):
    first = says(body=b'{"tags": ["a"]}', Link=link.format(next="/v2/x?last=a&n=1"))
    plain.on(TAGS, in_turn(first, says(body=b'{"tags": ["b"]}', Link='</first>; rel="first"')))
    assert await clients.tags(plain.access(), REPOSITORY) == ("a", "b")


async def test_one_page_of_many_tags_is_read_to_the_bound(clients: RegistryClients, plain: FakeRegistry):
    tags = [f"build-{number}-{'x' * 60}" for number in range(40_000)]
    plain.on(TAGS, says(body=json.dumps({"tags": tags}).encode()))
    assert len(await clients.tags(plain.access(), REPOSITORY)) == 40_000
    plain.on(TAGS, says(body=json.dumps({"tags": [str(number) for number in range(50_001)]}).encode()))
    with pytest.raises(TooManyTagsError):
        await clients.tags(plain.access(), REPOSITORY)


DEEP = b"[" * 100_000


async def test_answers_nested_too_deep_are_refused(clients: RegistryClients, plain: FakeRegistry):
    for body in (DEEP, b'{"tags": ' + DEEP, b'{"a":' * 100_000):
        plain.on(TAGS, says(body=body))
        with pytest.raises(RegistryMalformedError):
            await clients.tags(plain.access(), REPOSITORY)
