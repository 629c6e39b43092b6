"""Personal tokens never hold more than their owner does at that moment, and end with the owner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.grants import Actor, Caller
from domain.rights import Holdings, Right, RoleBinding, Subject, SubjectKind
from domain.words import Role
from services.errors import ForbiddenError, InvalidRequestError, NameTakenError, NotFoundError, UnauthenticatedError
from services.people.access import Access, Proof
from services.people.tokens import IssuedTokenView, NewToken, PersonalTokens
from tests.support.actors import ANN

PERSON = "0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"
SUBJECT = Subject(kind=SubjectKind.PERSON, id=PERSON)


def ada(*bindings: RoleBinding) -> Actor:
    ref = ActorRef(kind=ActorKind.PERSON, id=PERSON, name="Ada")
    return Actor(caller=Caller(ref=ref, origin=Origin(via=Via.SESSION)), holdings=Holdings(bindings=bindings))


@pytest.fixture
async def person(database: Database, raw) -> str:
    await raw(
        f"INSERT INTO people (id, provider, issuer, subject, name, groups) "
        f"VALUES ('{PERSON}', 'corp', 'https://idp.example', 'ada', 'Ada', ARRAY['team-shop']) RETURNING 1"
    )
    return PERSON


@pytest.fixture
def tokens(database: Database) -> PersonalTokens:
    return PersonalTokens(database)


def new(name: str = "laptop", **changes: object) -> NewToken:
    usual = NewToken(name=name, role=Role.PROMOTER, expires_at=datetime.now(UTC) + timedelta(days=90))
    return replace(usual, **changes)  # type: ignore[arg-type]


async def _bind(database: Database, subject: Subject, role: Role) -> str:
    async with database.begin() as tx:
        bound = await tx.bindings.add(RoleBinding(id=None, subject=subject, role=role), created_by=ANN.caller.ref)
    assert bound.binding.id is not None
    return bound.binding.id


async def _actor(database: Database, issued: IssuedTokenView) -> Actor:
    return await Access(database).actor(Proof(secret=issued.secret, by="token"))


async def test_a_personal_token_acts_for_its_owner_within_its_own_role(
    person: str, tokens: PersonalTokens, database: Database
):
    await _bind(database, SUBJECT, Role.ADMIN)
    issued = await tokens.issue(ada(), new())
    actor = await _actor(database, issued)
    assert issued.secret.startswith("stgp_")
    assert actor.caller.ref == ActorRef(kind=ActorKind.PERSON, id=PERSON, name="Ada")
    assert {right for right in Right if actor.holdings.allow(right)} == {Right.VIEW, Right.PROMOTE}


async def test_what_the_owner_loses_the_token_loses(person: str, tokens: PersonalTokens, database: Database):
    bound = await _bind(database, SUBJECT, Role.PROMOTER)
    issued = await tokens.issue(ada(), new(role=Role.ADMIN))
    assert (await _actor(database, issued)).holdings.allow(Right.PROMOTE)
    async with database.begin() as tx:
        await tx.bindings.remove(bound)
    assert not (await _actor(database, issued)).holdings.allow(Right.VIEW)


async def test_the_groups_of_the_owner_count(person: str, tokens: PersonalTokens, database: Database):
    await _bind(database, Subject(kind=SubjectKind.GROUP, id="corp:team-shop"), Role.VIEWER)
    await _bind(database, Subject(kind=SubjectKind.GROUP, id="other:team-shop"), Role.ADMIN)
    holdings = (await _actor(database, await tokens.issue(ada(), new(role=Role.ADMIN)))).holdings
    assert (holdings.allow(Right.VIEW), holdings.allow(Right.PROMOTE)) == (True, False)


async def test_a_token_is_dead_with_its_owner(person: str, tokens: PersonalTokens, database: Database, raw):
    issued = await tokens.issue(ada(), new())
    session = await Access(database).sign_in(token=issued.secret, code=None)
    await raw("UPDATE people SET disabled_at = now() RETURNING 1")
    for proof in (Proof(secret=issued.secret, by="token"), Proof(secret=session.secret, by="session")):
        with pytest.raises(UnauthenticatedError, match="disabled"):
            await Access(database).actor(proof)


async def test_a_token_issues_no_other(person: str, tokens: PersonalTokens, database: Database):
    by_token = await _actor(database, await tokens.issue(ada(), new()))
    with pytest.raises(ForbiddenError, match="cannot issue"):
        await tokens.issue(by_token, new("another"))


async def test_a_token_sees_and_revokes_itself_alone_and_so_does_a_session_of_it(
    person: str, tokens: PersonalTokens, database: Database
):
    other, mine = await tokens.issue(ada(), new("other")), await tokens.issue(ada(), new())
    session = await Access(database).sign_in(token=mine.secret, code=None)
    for actor in (await _actor(database, mine), session.identity.actor):
        assert [each.id for each in (await tokens.list(actor, after=None, limit=10)).items] == [mine.view.id]
        assert (await tokens.list(actor, after=mine.view.id, limit=10)).items == ()
        with pytest.raises(NotFoundError):
            await tokens.revoke(actor, other.view.id)
    await tokens.revoke(await _actor(database, mine), mine.view.id)
    by_name = {each.name: each for each in (await tokens.list(ada(), after=None, limit=10)).items}
    assert (by_name["other"].revoked_at, by_name["laptop"].revoked_at is None) == (None, False)


async def test_only_people_have_personal_tokens(tokens: PersonalTokens):
    with pytest.raises(ForbiddenError, match="Only people"):
        await tokens.issue(ANN, new())
    assert (await tokens.list(ANN, after=None, limit=10)).items == ()
    with pytest.raises(NotFoundError):
        await tokens.revoke(ANN, PERSON)


@pytest.mark.parametrize("days", [366, None, -1])
async def test_a_personal_token_lives_for_a_year_at_most_whoever_its_owner_is(
    days: int | None, person: str, tokens: PersonalTokens
):
    owner = ada(RoleBinding(id=None, subject=SUBJECT, role=Role.ADMIN))
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with pytest.raises(InvalidRequestError) as refused:
        await tokens.issue(owner, new(expires_at=expires_at))
    assert refused.value.field == "body.expires_at"


async def test_an_application_that_the_owner_does_not_see_does_not_exist(
    person: str, tokens: PersonalTokens, database: Database
):
    async with database.begin() as tx:
        await tx.applications.add(name="shop", description="")
    with pytest.raises(NotFoundError):
        await tokens.issue(ada(), new(applications=("shop",)))
    seeing = ada(RoleBinding(id=None, subject=SUBJECT, role=Role.VIEWER))
    assert (await tokens.issue(seeing, new(applications=("shop",)))).view.applications == ("shop",)


async def test_a_person_sees_and_revokes_only_its_own(person: str, tokens: PersonalTokens, database: Database, raw):
    mine = await tokens.issue(ada(), new())
    other = replace(ada(), caller=replace(ada().caller, ref=ActorRef(kind=ActorKind.PERSON, id=ANN_ID, name="Ann")))
    assert (await tokens.list(other, after=None, limit=10)).items == ()
    with pytest.raises(NotFoundError):
        await tokens.revoke(other, mine.view.id)
    assert [each.name for each in (await tokens.list(ada(), after=None, limit=10)).items] == ["laptop"]
    with pytest.raises(NameTakenError):
        await tokens.issue(ada(), new())
    await tokens.revoke(ada(), mine.view.id)
    await tokens.revoke(ada(), mine.view.id)
    with pytest.raises(UnauthenticatedError):
        await _actor(database, mine)
    actions = [action for (action,) in await raw("SELECT action FROM audit ORDER BY seq")]
    assert actions == ["token.created", "token.revoked"]


ANN_ID = "0192f0c1-7a5e-7cc3-98c4-dc0c0c073990"
