"""Whom a proof authenticates is remembered, and forgotten as soon as anything of it changes, on every replica."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from db.feeds import RIGHTS, Feed
from db.listening import Listener
from db.transaction import Database
from domain.actors import Origin, Via
from domain.grants import Actor
from domain.rights import Right, RoleBinding, Subject, SubjectKind
from domain.words import Role, SignInKind
from services.errors import UnauthenticatedError
from services.people.access import Access, Proof
from services.people.identities import Identities
from services.people.sessions import Sessions
from services.people.tokens import NewToken, PersonalTokens
from services.planning.people.token_text import token_hash
from tests.support.actors import ADMINISTERS, ANN, BEN
from tests.support.people import signed_in
from tests.support.replicas import until

SOON = timedelta(minutes=5)


@dataclass
class Remembering:
    """An `Access` that remembers; the test says how much time has passed."""

    access: Access
    feed: Feed
    seconds: float = 0.0

    @classmethod
    def of(cls, database: Database) -> "Remembering":
        feed = Feed(RIGHTS)
        made = cls(Access(database), feed)
        identities = Identities(
            database,
            feed,
            clock=lambda: time.monotonic() + made.seconds,
            now=lambda: datetime.now(UTC) + timedelta(seconds=made.seconds),
        )
        made.access = Access(database, identities=identities)
        return made


@pytest.fixture
def here(database: Database) -> Remembering:
    """This process, whose feed is connected and tells nothing: nobody else changes anything."""
    made = Remembering.of(database)
    made.feed.begin()
    return made


@contextmanager
def queries(database: Database) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def _token(access: Access, *, lives: timedelta | None = None) -> tuple[Proof, str]:
    expires_at = None if lives is None else datetime.now(UTC) + lives
    issued = await access.issue(name="ci", role=Role.MAINTAINER, expires_at=expires_at, actor=ANN)
    return Proof(secret=issued.secret, by="token"), issued.record.id


async def _session_of(
    database: Database, person: Actor, secret: str = "secret of the session", *, provider: str | None = None
) -> Proof:
    """A session of a person, as a sign-in by an OpenID provider makes it."""
    async with database.begin() as tx:
        await tx.sign_ins.add(
            kind=SignInKind.SESSION,
            hash=token_hash(secret),
            person_id=person.caller.ref.id,
            provider=provider,
            expires_at=datetime.now(UTC) + SOON,
        )
    return Proof(secret=secret, by="session")


async def _end_by_provider(database: Database, person: Actor) -> None:
    """As a provider's back-channel logout does."""
    where = {"issuer": "https://sso.example", "subject": person.name}
    async with database.begin() as tx:
        assert await tx.sign_ins.remove_of_provider(provider="sso", sid=None, **where) == 1


async def test_who_is_known_is_authenticated_without_a_query(database: Database, here: Remembering):
    by_token, _ = await _token(here.access)
    session = await here.access.sign_in(token=by_token.secret, code=None)
    for proof in (by_token, Proof(secret=session.secret, by="session")):
        first = await here.access.identity(proof, address="10.0.0.1", request_id="one")
        with queries(database) as asked:
            again = await here.access.identity(proof, address="10.0.0.2", request_id="two")
        assert asked == []
        assert again.expires_at == first.expires_at
        assert again.actor.session_id == first.actor.session_id
        assert again.actor.caller.origin == Origin(via=Via(proof.by), address="10.0.0.2", request_id="two")


async def test_a_proof_is_asked_again_after_seconds_and_whenever_the_feed_is_not_connected(
    database: Database, here: Remembering
):
    proof, _ = await _token(here.access)
    await here.access.actor(proof)
    here.seconds = 5.1
    with queries(database) as asked:
        await here.access.actor(proof)
        await here.access.actor(proof)
    assert len(asked) == 1
    here.feed.end()
    with queries(database) as asked:
        await here.access.actor(proof)
        await here.access.actor(proof)
    assert len(asked) == 2
    here.feed.begin()
    with queries(database) as asked:
        await here.access.actor(proof)
        await here.access.actor(proof)
    assert len(asked) == 1


async def test_what_was_read_while_rights_changed_is_not_remembered(database: Database, here: Remembering):
    proof, _ = await _token(here.access)
    reading = asyncio.ensure_future(here.access.actor(proof))
    await asyncio.sleep(0)
    here.feed.hear("bindings")
    await reading
    with queries(database) as asked:
        await here.access.actor(proof)
    assert len(asked) == 1


async def test_an_unknown_proof_is_not_remembered(here: Remembering):
    with pytest.raises(UnauthenticatedError):
        await here.access.actor(Proof(secret="stg_unknown", by="token"))
    proof, _ = await _token(here.access)
    assert (await here.access.actor(proof)).name == "ci"


async def test_a_token_that_expires_is_refused_from_that_moment_on(here: Remembering):
    proof, _ = await _token(here.access, lives=timedelta(seconds=0.4))
    await here.access.actor(proof)
    await asyncio.sleep(0.45)
    with pytest.raises(UnauthenticatedError):
        await here.access.actor(proof)


async def test_a_binding_that_expires_gives_nothing_from_that_moment_on(database: Database, here: Remembering):
    eve = await signed_in(database, "eve", role=Role.VIEWER)
    subject = Subject(kind=SubjectKind.PERSON, id=eve.caller.ref.id)
    end = datetime.now(UTC) + timedelta(seconds=0.4)
    async with database.begin() as tx:
        await tx.bindings.add(
            RoleBinding(id=None, subject=subject, role=Role.PROMOTER, expires_at=end), created_by=ANN.caller.ref
        )
    proof = await _session_of(database, eve)
    assert (await here.access.actor(proof)).holdings.allow(Right.PROMOTE)
    await asyncio.sleep(0.45)
    assert not (await here.access.actor(proof)).holdings.allow(Right.PROMOTE)


async def test_use_is_recorded_once_a_minute_all_the_same(database: Database, here: Remembering, raw):
    proof, _ = await _token(here.access)
    with queries(database) as asked:
        await asyncio.gather(*(here.access.actor(proof) for _ in range(5)))
        await here.access.actor(proof)
    assert 1 <= len([each for each in asked if each.startswith("UPDATE tokens")]) <= 5
    await raw("UPDATE tokens SET last_used_at = now() - interval '61 seconds' RETURNING id")
    here.seconds = 6.0
    with queries(database) as asked:
        for _ in range(5):
            await here.access.actor(proof)
    assert len([each for each in asked if each.startswith("UPDATE tokens")]) == 1


Change = Callable[[], Awaitable[object]]


async def _is_refused(access: Access, proof: Proof) -> bool:
    try:
        await access.actor(proof)
    except UnauthenticatedError:
        return True
    return False


async def test_what_ends_a_proof_counts_at_once_here_and_within_a_second_on_another_replica(
    database: Database, database_url: str, here: Remembering
):
    # The other replica has its own connections and its own memory; nothing but PostgreSQL tells it anything.
    elsewhere = Remembering.of(Database(database.engine, database.keys))
    async with Listener(database_url, {RIGHTS: elsewhere.feed}, purpose="rights of a test"):
        await until(lambda: elsewhere.feed.connected)
        by_token, token_id = await _token(here.access)
        eve = await signed_in(database, "eve", role=Role.MAINTAINER)
        session = await _session_of(database, eve)
        personal = await PersonalTokens(database).issue(
            eve, NewToken(name="laptop", role=Role.PROMOTER, expires_at=datetime.now(UTC) + SOON)
        )
        owned = Proof(secret=personal.secret, by="token")
        signed_out_elsewhere = await _session_of(database, eve, "signed out elsewhere", provider="sso")
        disabled = await _session_of(database, eve, "disabled")
        ends: list[tuple[tuple[Proof, ...], Change]] = [
            ((by_token,), lambda: here.access.revoke(token_id, caller=BEN.caller)),
            ((session,), lambda: here.access.sign_out(session, actor=eve)),
            ((signed_out_elsewhere,), lambda: _end_by_provider(database, eve)),
            (
                (disabled, owned),
                lambda: Sessions(database).set_disabled(ADMINISTERS, eve.caller.ref.id, disabled=True),
            ),
        ]
        for proofs, end in ends:
            for access in (here.access, elsewhere.access, here.access, elsewhere.access):
                for proof in proofs:
                    await access.actor(proof)
            await end()
            async with asyncio.timeout(1.0):
                for proof in proofs:
                    assert await _is_refused(here.access, proof)
                    while not await _is_refused(elsewhere.access, proof):
                        await asyncio.sleep(0.01)


async def test_a_binding_that_is_taken_or_given_counts_at_once_here_and_within_a_second_on_another_replica(
    database: Database, database_url: str, here: Remembering
):
    elsewhere = Remembering.of(Database(database.engine, database.keys))
    async with Listener(database_url, {RIGHTS: elsewhere.feed}, purpose="rights of a test"):
        await until(lambda: elsewhere.feed.connected)
        eve = await signed_in(database, "eve", role=Role.MAINTAINER)
        (binding,) = eve.holdings.bindings
        proof = await _session_of(database, eve)

        async def may(access: Access) -> bool:
            return (await access.actor(proof)).holdings.allow(Right.MAINTAIN)

        assert [await may(access) for access in (here.access, elsewhere.access) * 2] == [True] * 4
        async with database.begin() as tx:
            await tx.bindings.remove(binding.id or "")
        assert not await may(here.access)
        async with asyncio.timeout(1.0):
            while await may(elsewhere.access):
                await asyncio.sleep(0.01)
        async with database.begin() as tx:
            await tx.bindings.add(binding, created_by=ANN.caller.ref)
        assert await may(here.access)
        async with asyncio.timeout(1.0):
            while not await may(elsewhere.access):
                await asyncio.sleep(0.01)


async def test_a_group_that_a_person_has_left_gives_nothing_any_more(
    database: Database, database_url: str, here: Remembering
):
    elsewhere = Remembering.of(Database(database.engine, database.keys))
    async with Listener(database_url, {RIGHTS: elsewhere.feed}, purpose="rights of a test"):
        await until(lambda: elsewhere.feed.connected)
        eve = await signed_in(database, "eve", "ops", role=Role.VIEWER)
        group = Subject(kind=SubjectKind.GROUP, id="sso:ops")
        async with database.begin() as tx:
            binding = RoleBinding(id=None, subject=group, role=Role.PROMOTER)
            await tx.bindings.add(binding, created_by=ANN.caller.ref)
        proof = await _session_of(database, eve)

        async def may(access: Access) -> bool:
            return (await access.actor(proof)).holdings.allow(Right.PROMOTE)

        assert [await may(access) for access in (here.access, elsewhere.access) * 2] == [True] * 4
        async with database.begin() as tx:  # as she signs in again
            who = {"provider": "sso", "issuer": "https://sso.example", "subject": "eve", "name": "eve"}
            await tx.people.signed_in(**who, email=None, groups=())
        assert not await may(here.access)
        async with asyncio.timeout(1.0):
            while await may(elsewhere.access):
                await asyncio.sleep(0.01)
