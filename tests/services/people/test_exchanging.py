"""The exchange of CI jobs' tokens: once, by verified claims, for what is bound to the trust."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from db.transaction import Database
from db.trusts import TrustFields
from domain.actors import ActorKind, Origin, Via
from domain.rights import Right, RoleBinding, Subject, SubjectKind
from domain.trusts import TrustKind
from domain.words import Role
from services.errors import TooManyRequestsError, UnauthenticatedError
from services.people.access import Access, Proof
from services.people.exchanging import ExchangedToken, ExchangeRefusedError, TokenExchange, UnverifiableNowError
from services.people.trusts import Trusts
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.ci_tokens import claims_of, rsa_key, signed, terms
from tests.support.exchange_fakes import Keys, Trusting

GITHUB, KUBERNETES = TrustKind.GITHUB, TrustKind.KUBERNETES
ADMIN = Permissions.administration(ANN)


@pytest.mark.parametrize("kind", [kind for kind in TrustKind if kind is not KUBERNETES])
async def test_a_token_of_each_provider_is_exchanged_for_one_of_fifteen_minutes(
    kind: TrustKind, exchange: TokenExchange, trusting: Trusting, database: Database
):
    trust = await trusting(terms(kind))
    issued = await exchange.exchange(signed(claims_of(kind)))
    assert (issued.seconds, issued.secret[:5]) == (900, "stgc_")
    identity = await Access(database).identity(Proof(secret=issued.secret, by="token"))
    assert (identity.actor.caller.ref.kind, identity.actor.caller.ref.id) == (ActorKind.CI_JOB, trust.id)
    assert identity.actor.caller.ref.name.startswith("shop: ")
    assert identity.expires_at is not None
    assert timedelta(minutes=14) < identity.expires_at - datetime.now(UTC) <= timedelta(minutes=15)


async def test_a_job_holds_what_is_bound_to_its_trust_and_nothing_else(
    exchange: TokenExchange, trusting: Trusting, database: Database
):
    trust = await trusting(terms(GITHUB))
    proof = Proof(secret=(await exchange.exchange(signed(claims_of(GITHUB)))).secret, by="token")
    assert not (await Access(database).actor(proof)).holdings.allow(Right.VIEW)
    subject = Subject(kind=SubjectKind.TRUST, id=trust.id)
    async with database.begin() as tx:
        await tx.bindings.add(RoleBinding(id=None, subject=subject, role=Role.PROMOTER), created_by=ANN.caller.ref)
    holdings = (await Access(database).actor(proof)).holdings
    assert (holdings.allow(Right.PROMOTE), holdings.allow(Right.MAINTAIN)) == (True, False)


async def test_a_token_is_taken_once_also_when_it_comes_twice_at_the_same_time(
    exchange: TokenExchange, trusting: Trusting
):
    await trusting(terms(GITHUB))
    token = signed(claims_of(GITHUB))
    results = await asyncio.gather(*(exchange.exchange(token) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, ExchangedToken) for each in results) == 1
    assert sum(isinstance(each, ExchangeRefusedError) for each in results) == 3
    assert isinstance(await exchange.exchange(signed(claims_of(GITHUB, jti="another"))), ExchangedToken)


async def test_the_same_id_of_another_issuer_is_another_token(exchange: TokenExchange, trusting: Trusting):
    elsewhere = "https://github.example.com/_services/token"
    await trusting(terms(GITHUB))
    await trusting(terms(GITHUB, issuer=elsewhere), name="elsewhere")
    await exchange.exchange(signed(claims_of(GITHUB)))
    assert isinstance(await exchange.exchange(signed(claims_of(GITHUB, iss=elsewhere))), ExchangedToken)


async def test_ids_of_tokens_are_forgotten_when_those_have_expired(exchange: TokenExchange, trusting: Trusting, raw):
    await trusting(terms(GITHUB))
    await exchange.exchange(signed(claims_of(GITHUB, jti="1")))
    await raw("UPDATE used_jtis SET expires_at = now() RETURNING 1")
    await exchange.exchange(signed(claims_of(GITHUB, jti="2")))
    assert len(await raw("SELECT 1 FROM used_jtis")) == 1


@pytest.mark.parametrize(
    "token",
    [
        lambda: signed(claims_of(GITHUB), key=rsa_key("stranger")),
        lambda: signed(claims_of(GITHUB, repository_id="75")),
        lambda: signed(claims_of(GITHUB, event_name="pull_request_target")),
        lambda: signed(claims_of(GITHUB, aud=["https://stagecoach.example", "https://other.example"])),
        lambda: signed(claims_of(GITHUB, iss="https://evil.example")),
        lambda: signed(claims_of(GITHUB, exp=1)),
        lambda: "no token",
        lambda: "",
    ],
)
async def test_strangers_get_the_same_refusal_whatever_is_wrong(
    token: Callable[[], str], exchange: TokenExchange, trusting: Trusting, raw
):
    await trusting(terms(GITHUB))
    with pytest.raises(ExchangeRefusedError) as refused:
        await exchange.exchange(token())
    assert str(refused.value) == str(ExchangeRefusedError("another reason"))
    assert await raw("SELECT 1 FROM tokens") == []


async def test_keys_are_fetched_only_for_tokens_that_would_be_accepted(
    exchange: TokenExchange, trusting: Trusting, published: Keys
):
    await trusting(terms(GITHUB))
    for changes in ({"repository_id": "75"}, {"iss": "https://evil.example"}, {"exp": 1}):
        with pytest.raises(ExchangeRefusedError):
            await exchange.exchange(signed(claims_of(GITHUB, **changes)))
    assert published.asked == []


async def test_an_expired_trust_admits_nobody(exchange: TokenExchange, trusting: Trusting):
    await trusting(terms(GITHUB), expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(ExchangeRefusedError):
        await exchange.exchange(signed(claims_of(GITHUB)))


async def test_tokens_end_with_their_trust(
    exchange: TokenExchange, trusting: Trusting, bench: Trusts, database: Database, raw
):
    trust = await trusting(terms(GITHUB), expires_at=datetime.now(UTC) + timedelta(hours=1))
    proof = Proof(secret=(await exchange.exchange(signed(claims_of(GITHUB)))).secret, by="token")
    await raw("UPDATE trusts SET expires_at = now() RETURNING 1")
    with pytest.raises(UnauthenticatedError, match="expired"):
        await Access(database).actor(proof)
    await bench.delete(ADMIN, trust.id)
    with pytest.raises(UnauthenticatedError):
        await Access(database).actor(proof)


async def test_a_token_that_cannot_be_verified_now_is_not_used_up(
    exchange: TokenExchange, trusting: Trusting, published: Keys
):
    await trusting(terms(GITHUB))
    token, published.away = signed(claims_of(GITHUB)), True
    with pytest.raises(UnverifiableNowError):
        await exchange.exchange(token)
    published.away = False
    assert isinstance(await exchange.exchange(token), ExchangedToken)


async def test_an_audience_that_the_caller_names_has_to_be_the_trusts(exchange: TokenExchange, trusting: Trusting):
    await trusting(terms(GITHUB))
    with pytest.raises(ExchangeRefusedError):
        await exchange.exchange(signed(claims_of(GITHUB)), audiences=["https://other.example"])
    issued = await exchange.exchange(signed(claims_of(GITHUB)), audiences=["https://stagecoach.example"])
    assert isinstance(issued, ExchangedToken)


async def test_of_several_trusts_the_one_that_names_most_is_acted_for(
    exchange: TokenExchange, trusting: Trusting, database: Database
):
    await trusting(terms(GITHUB), name="broad")
    narrow = await trusting(terms(GITHUB, environment=("production",)), name="narrow")
    issued = await exchange.exchange(signed(claims_of(GITHUB)))
    actor = await Access(database).actor(Proof(secret=issued.secret, by="token"))
    assert actor.caller.ref.id == narrow.id


async def test_a_trust_that_is_changed_while_a_token_is_verified_admits_it_no_more(
    exchange: TokenExchange, trusting: Trusting, published: Keys, database: Database
):
    trust = await trusting(terms(GITHUB))
    fetch = published.fetch

    async def meanwhile(issuer: str, *, key_id: str | None) -> bytes:
        async with database.begin() as tx:
            await tx.trusts.change(trust.id, **TrustFields(claims={**trust.terms.claims, "ref": ("refs/heads/x",)}))
        return await fetch(issuer, key_id=key_id)

    published.fetch = meanwhile  # type: ignore[method-assign]
    with pytest.raises(ExchangeRefusedError):
        await exchange.exchange(signed(claims_of(GITHUB)))


async def test_the_exchange_is_audited_without_the_tokens(exchange: TokenExchange, trusting: Trusting, raw):
    trust = await trusting(terms(GITHUB))
    token = signed(claims_of(GITHUB))
    issued = await exchange.exchange(token)
    ((kind, actor, action),) = await raw("SELECT actor_kind, actor_id, action FROM audit")
    assert (kind, actor, action) == ("ci-job", trust.id, "token.exchanged")
    stored = str(
        await raw("SELECT * FROM audit") + await raw("SELECT * FROM tokens") + await raw("SELECT * FROM trusts")
    )
    assert token not in stored
    assert issued.secret not in stored


async def test_refusals_are_audited_with_the_reason_that_the_stranger_does_not_get(
    exchange: TokenExchange, trusting: Trusting, raw
):
    await trusting(terms(GITHUB), name="shop")
    origin = Origin(via=Via.EXCHANGE, address="192.0.2.1", request_id="r1")
    other = signed(claims_of(GITHUB, repository_id="75"))
    for token in ("canary", other, other):
        with pytest.raises(ExchangeRefusedError) as refused:
            await exchange.exchange(token, origin=origin)
        assert "shop" not in str(refused.value)
    found = await raw("SELECT action, actor_id, address, outcome, reason FROM audit ORDER BY seq")
    assert [row[:4] for row in found] == [("token-exchange.refused", "token-exchange", "192.0.2.1", "refused")] * 2
    assert (found[0][4].startswith("It is not a signed token"), found[1][4]) == (True, "shop: repository_id")
    assert not [secret for secret in ("canary", other) if secret in str(found)]


async def test_one_address_exchanges_no_flood_of_tokens(exchange: TokenExchange):
    for _ in range(60):
        exchange.admit("192.0.2.1")
    with pytest.raises(TooManyRequestsError):
        exchange.admit("192.0.2.1")
    exchange.admit("192.0.2.2")
