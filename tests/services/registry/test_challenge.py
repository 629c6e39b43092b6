"""Parsing `WWW-Authenticate`, and the address of Docker Hub."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from services.registry.challenge import BasicChallenge, BearerChallenge, challenge_of
from services.registry.credentials import RegistryAccess
from services.registry.errors import RegistryMalformedError, Subject
from services.registry.tokens import Scope

ACCESS = RegistryAccess(host="registry.example")
SUBJECT = Subject(host="registry.example", repository="shop/web", tag="1.4.2")
HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            [HUB],
            BearerChallenge(
                realm=URL("https://auth.docker.io/token"),
                service="registry.docker.io",
                scopes=("repository:library/nginx:pull",),
            ),
        ),
        (["BASIC realm=x"], BasicChallenge()),
        (["Basic"], BasicChallenge()),
        (
            ['Basic realm="a, b=\\"c\\"", Bearer realm="https://t.example/t" , service = s'],
            BearerChallenge(realm=URL("https://t.example/t"), service="s", scopes=()),
        ),
        (
            ['Basic realm="x"', 'Bearer realm="https://t.example/t",scope="a:b:pull c:d:pull"'],
            BearerChallenge(realm=URL("https://t.example/t"), service=None, scopes=("a:b:pull", "c:d:pull")),
        ),
        (["Bearer"], None),
        (["Negotiate"], None),
        ([], None),
    ],
)
def test_the_challenge_to_answer_is_read(headers: list[str], expected: object):
    assert challenge_of(headers, ACCESS, SUBJECT) == expected


@given(st.lists(st.text(alphabet='aB=", \\/:Bearealmbsic\t', max_size=200), max_size=3))
def test_whatever_stands_there_is_read_or_refused(headers: list[str]):
    with contextlib.suppress(RegistryMalformedError):
        challenge = challenge_of(headers, ACCESS, SUBJECT)
        assert not isinstance(challenge, BearerChallenge) or challenge.realm.scheme == "https"


def test_a_token_services_own_query_stays():
    challenge = challenge_of(['Bearer realm="https://t.example/t?account=a",service="s"'], ACCESS, SUBJECT)
    assert isinstance(challenge, BearerChallenge)
    url = challenge.url(("repository:shop/web:pull",))
    assert dict(url.query) == {"account": "a", "scope": "repository:shop/web:pull", "service": "s"}


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "registry-1.docker.io", "Docker.IO"])
@pytest.mark.parametrize("plain_http", [False, True])
def test_docker_hub_answers_under_another_name_and_under_https_alone(host: str, *, plain_http: bool):
    access = RegistryAccess(host=host, plain_http=plain_http)
    assert str(access.repository_url("nginx")) == "https://registry-1.docker.io/v2/library/nginx"
    assert str(access.repository_url("shop/web")) == "https://registry-1.docker.io/v2/shop/web"


@pytest.mark.parametrize(
    ("access", "origin"),
    [
        (RegistryAccess(host="Registry.Example:5000"), "https://registry.example:5000"),
        (RegistryAccess(host="registry.example", plain_http=True), "http://registry.example"),
        (RegistryAccess(host="[::1]:5000", plain_http=True), "http://[::1]:5000"),
    ],
)
def test_other_registries_answer_under_their_own(access: RegistryAccess, origin: str):
    assert access.origin == URL(origin)


def test_an_errors_text_says_what_was_asked_about():
    assert str(SUBJECT) == "registry.example/shop/web:1.4.2"
    assert str(Subject(host="registry.example")) == "registry.example"


def test_a_push_asks_for_all_that_it_needs_though_the_registry_named_less():
    """It names what the refused request needs: a HEAD before an upload pulls only."""
    found = challenge_of(
        ['Bearer realm="https://auth.example/token",scope="repository:shop/web:pull"'],
        RegistryAccess(host="registry.example"),
        Subject(host="registry.example"),
    )
    assert isinstance(found, BearerChallenge)
    scope = Scope("shop/web", pushes=True, mounted_from="shop/api")
    assert found.url(scope.spelt(), whole=True).query.getall("scope") == [
        "repository:shop/web:pull,push",
        "repository:shop/api:pull",
    ]
