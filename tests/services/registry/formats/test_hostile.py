"""Arbitrary input is either read, into valid names only, or refused with one of two errors."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.image_references import parse_image
from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import (
    FetchedKeys,
    Parsed,
    ProofRefusedError,
    Request,
    UnreadableDeliveryError,
)
from services.registry.formats import FORMATS
from services.registry.formats.reading import MAX_BODY_BYTES
from services.registry.formats.sns_signature import is_subscribe_url
from tests.services.registry.formats.test_ignored import changed
from tests.support.report_cases import CASES, NOW, SECRET, SECRETS, Case, verify

STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    "",
    " ",
    "\x00",
    "../..",
    "🚀",
    "a" * 5000,
    "sha256:",
    "//x:y@z",
    "https://[",
    [],
    [[]],
    ["x"],
    {},
    {"x": []},
)


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(node, dict | list):
        for name, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from paths(value, (*path, name))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    mutated = copy.deepcopy(document)
    place = mutated
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return mutated


def read(provider: Provider, request: Request, settings: ReceiverSettings) -> Parsed | None:
    """What a receiver does with it; None where it cannot be read. Any other error fails the test."""
    try:
        parsed = FORMATS[provider].parse(request, settings)
    except UnreadableDeliveryError:
        return None
    assert parsed.events
    assert parsed.delivery_id is None or (parsed.delivery_id.isascii() and len(parsed.delivery_id) <= 128)
    assert parsed.confirmation is None or is_subscribe_url(parsed.confirmation.url)
    for image in parsed.pushed:
        same = parse_image(str(image))
        assert (same.registry, same.repository, same.tag) == (image.registry, image.repository, image.tag)
    return parsed


def documents(case: Case) -> Iterator[bytes]:
    document = json.loads(case.sent)
    for path in paths(document):
        for value in STRANGE:
            yield json.dumps(put(document, path, value)).encode()
    if case.provider is Provider.ECR_SNS:
        event = json.loads(document["Message"])
        for path in paths(event):
            for value in STRANGE:
                yield json.dumps(document | {"Message": json.dumps(put(event, path, value))}).encode()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_value_anywhere_is_read_or_refused(case: Case):
    headers = case.prove(case.sent, SECRET).headers
    results = {read(case.provider, Request(body=body, headers=headers), case.settings) for body in documents(case)}
    assert None in results
    assert len(results) > 2


@pytest.mark.parametrize("case", [case for case in CASES if case.provider is not Provider.QUAY], ids=str)
def test_a_member_that_is_missing_is_said_by_its_place(case: Case):
    with pytest.raises(UnreadableDeliveryError) as unreadable:
        FORMATS[case.provider].parse(Request(body=b"{}"), case.settings)
    assert str(unreadable.value.field).startswith(("$.", "ce."))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_body_that_ends_early_is_unreadable(case: Case):
    for end in range(0, len(case.sent.rstrip()) - 1, 7):
        with pytest.raises(UnreadableDeliveryError):
            FORMATS[case.provider].parse(Request(body=case.sent[:end]), case.settings)


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize(
    "body",
    [
        b" " * (MAX_BODY_BYTES + 1),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{}",
        b'"\\ud800"',
        b"null",
        b"NaN",
        b"1e999",
        b"[]",
        b"[1]",
        b'"text"',
    ],
    ids=range(11),
)
def test_what_is_no_report_is_unreadable(provider: Provider, body: bytes):
    with pytest.raises(UnreadableDeliveryError):
        FORMATS[provider].parse(Request(body=body), ReceiverSettings())


def test_more_images_at_once_than_a_push_brings_are_not_taken():
    body = changed("quay", ("updated_tags", [f"t{number}" for number in range(101)]))
    with pytest.raises(UnreadableDeliveryError, match="more than 100"):
        FORMATS[Provider.QUAY].parse(Request(body=body), ReceiverSettings())


def test_an_error_repeats_nothing_that_was_sent():
    body = changed("acr", ("target.repository", "PASSWORD !"))
    with pytest.raises(UnreadableDeliveryError) as unreadable:
        FORMATS[Provider.ACR].parse(Request(body=body), ReceiverSettings())
    assert unreadable.value.members() == {"field": "$.target.repository"}
    assert "password" not in unreadable.value.detail.lower()


@pytest.mark.parametrize("case", [case for case in CASES if case.provider is Provider.ECR_SNS], ids=str)
def test_a_proof_in_a_mutated_body_is_refused_or_taken(case: Case):
    for body in documents(case):
        with contextlib.suppress(ProofRefusedError):
            verify(case, Request(body=body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)
NAMES = sorted({name for case in CASES for name in case.prove(case.sent, SECRET).headers})
HEADERS = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=80) | st.sampled_from(["Bearer a.b.c", "Basic !"]))
BODIES = st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode())


@given(provider=st.sampled_from(Provider), body=BODIES, headers=HEADERS)
def test_any_body_is_read_or_refused(provider: Provider, body: bytes, headers: dict[str, str]):
    settings = next(case.settings for case in CASES if case.provider is provider)
    read(provider, Request(body=body, headers=headers), settings)


@given(case=st.sampled_from(CASES), data=st.data())
def test_a_sample_with_any_value_anywhere_is_read_or_refused(case: Case, data: st.DataObject):
    document = json.loads(case.sent)
    path = data.draw(st.sampled_from(list(paths(document))))
    body = json.dumps(put(document, path, data.draw(JSON))).encode()
    read(case.provider, Request(body=body, headers=case.prove(case.sent, SECRET).headers), case.settings)


@given(
    case=st.sampled_from(CASES),
    body=BODIES,
    headers=HEADERS,
    query=st.dictionaries(st.just("key"), st.text(max_size=30)),
)
def test_no_made_up_proof_is_taken(case: Case, body: bytes, headers: dict[str, str], query: dict[str, str]):
    form = FORMATS[case.provider]
    request = Request(body=body, headers=headers, query=query)
    with pytest.raises(ProofRefusedError):
        verify(case, request)
    with pytest.raises(ProofRefusedError):
        form.verify(request, secrets=SECRETS, settings=case.settings, keys=None, now=NOW)


@given(body=st.binary(max_size=500))
def test_no_made_up_key_is_taken(body: bytes):
    for provider in (Provider.ECR_SNS, Provider.GOOGLE):
        case = next(case for case in CASES if case.provider is provider)
        request = case.prove(case.sent, SECRET)
        required_key = FORMATS[provider].required_key(request, case.settings)
        assert required_key is not None
        with pytest.raises(ProofRefusedError):
            FORMATS[provider].verify(
                request, secrets=(), settings=case.settings, keys=FetchedKeys(url=required_key.url, body=body), now=NOW
            )
