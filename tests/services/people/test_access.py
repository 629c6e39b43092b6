"""Tokens and sessions: known by their hash alone, refused after their end."""

from datetime import UTC, datetime, timedelta

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.words import Role
from services.errors import InvalidRequestError, NameTakenError, NotFoundError, UnauthenticatedError
from services.people.access import SESSION_LIFETIME, Access, IssuedToken, Proof, Session
from tests.support.actors import ANN, actor_with

SUITE = actor_with(Role.ADMIN, name="the suite")
SOON = timedelta(minutes=5)


@pytest.fixture
def access(database: Database) -> Access:
    return Access(database)


async def _issue(access: Access, name: str = "ci", *, lives: timedelta | None = None) -> IssuedToken:
    expires_at = datetime.now(UTC) + lives if lives is not None else None
    return await access.issue(name=name, role=Role.MAINTAINER, expires_at=expires_at, actor=SUITE)


def _by_token(issued: IssuedToken) -> Proof:
    return Proof(secret=issued.secret, by="token")


def _by_session(session: Session) -> Proof:
    return Proof(secret=session.secret, by="session")


async def test_a_token_identifies_its_owner(access: Access):
    issued = await _issue(access)
    actor = await access.actor(_by_token(issued))
    assert actor.caller.ref == ActorRef(kind=ActorKind.TOKEN, id=issued.record.id, name="ci")
    assert (actor.role, actor.caller.token_id) == (Role.MAINTAINER, issued.record.id)


async def test_the_tables_hold_no_secret_of_a_token_a_code_or_a_session(access: Access, raw):
    issued = await _issue(access)
    code = await access.sign_in_code(await access.actor(_by_token(issued)))
    session = await access.sign_in(token=issued.secret, code=None)
    stored = str([*await raw("SELECT * FROM tokens"), *await raw("SELECT * FROM sign_ins")])
    assert [secret for secret in (issued.secret, code.code, session.secret) if secret in stored] == []


async def test_no_secret_is_printed(access: Access):
    issued = await _issue(access)
    code = await access.sign_in_code(await access.actor(_by_token(issued)))
    session = await access.sign_in(token=issued.secret, code=None)
    printed = repr((issued, code, session, _by_token(issued)))
    assert [secret for secret in (issued.secret, code.code, session.secret) if secret in printed] == []


async def test_an_unknown_token_is_refused(access: Access):
    with pytest.raises(UnauthenticatedError):
        await access.actor(Proof(secret="stg_unknown", by="token"))


async def test_a_token_is_refused_once_it_has_expired(access: Access, raw):
    issued = await _issue(access, lives=SOON)
    await access.actor(_by_token(issued))
    await raw("UPDATE tokens SET expires_at = now() RETURNING id")
    with pytest.raises(UnauthenticatedError):
        await access.actor(_by_token(issued))


async def test_a_token_whose_expiry_has_passed_is_not_issued(access: Access):
    with pytest.raises(InvalidRequestError) as refused:
        await _issue(access, lives=-SOON)
    assert refused.value.field == "body.expires_at"


async def test_a_revoked_token_is_refused(access: Access):
    issued = await _issue(access)
    await access.revoke(issued.record.id, caller=ANN.caller)
    with pytest.raises(UnauthenticatedError):
        await access.actor(_by_token(issued))


async def test_a_token_may_be_revoked_twice(access: Access):
    issued = await _issue(access)
    await access.revoke(issued.record.id, caller=ANN.caller)
    first = (await access.tokens(after=None, limit=1)).items
    await access.revoke(issued.record.id, caller=ANN.caller)
    assert (await access.tokens(after=None, limit=1)).items == first


async def test_an_unknown_token_cannot_be_revoked(access: Access):
    with pytest.raises(NotFoundError):
        await access.revoke("0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f", caller=ANN.caller)


async def test_the_name_of_a_valid_token_is_taken_whatever_the_case(access: Access):
    await _issue(access, "ci")
    with pytest.raises(NameTakenError):
        await _issue(access, "CI")


async def test_the_name_of_a_revoked_token_is_free(access: Access):
    await access.revoke((await _issue(access, "ci")).record.id, caller=ANN.caller)
    again = await _issue(access, "ci")
    assert (await access.actor(_by_token(again))).caller.token_id == again.record.id


async def test_the_use_of_a_token_is_recorded_at_most_once_a_minute(access: Access, raw):
    issued = await _issue(access)
    await access.actor(_by_token(issued))
    ((first,),) = await raw("SELECT last_used_at FROM tokens")
    await access.actor(_by_token(issued))
    ((second,),) = await raw("SELECT last_used_at FROM tokens")
    await raw("UPDATE tokens SET last_used_at = now() - interval '61 seconds' RETURNING id")
    await access.actor(_by_token(issued))
    ((third,),) = await raw("SELECT last_used_at FROM tokens")
    assert issued.record.last_used_at is None
    assert first == second < third


async def test_tokens_are_listed_newest_first(access: Access):
    for name in ("a", "b", "c"):
        await _issue(access, name)
    page = await access.tokens(after=None, limit=2)
    rest = await access.tokens(after=page.next, limit=2)
    assert [each.name for each in (*page.items, *rest.items)] == ["c", "b", "a"]


async def test_a_session_of_a_token_identifies_the_owner_for_half_a_day(access: Access):
    issued = await _issue(access)
    session = await access.sign_in(token=issued.secret, code=None)
    identity = await access.identity(_by_session(session))
    assert (identity, identity.actor.name) == (session.identity, "ci")
    assert 0 < SESSION_LIFETIME.total_seconds() - session.seconds < 60


async def test_a_session_ends_with_its_token(access: Access):
    issued = await _issue(access, lives=SOON)
    session = await access.sign_in(token=issued.secret, code=None)
    assert session.identity.expires_at == issued.record.expires_at
    assert session.seconds <= SOON.total_seconds()


async def test_a_session_is_refused_once_it_has_expired(access: Access, raw):
    session = await access.sign_in(token=(await _issue(access)).secret, code=None)
    await raw("UPDATE sign_ins SET expires_at = now() RETURNING token_id")
    with pytest.raises(UnauthenticatedError):
        await access.identity(_by_session(session))


async def test_revoking_a_token_ends_its_sessions(access: Access):
    issued = await _issue(access)
    session = await access.sign_in(token=issued.secret, code=None)
    await access.revoke(issued.record.id, caller=ANN.caller)
    with pytest.raises(UnauthenticatedError):
        await access.identity(_by_session(session))


async def test_signing_out_ends_this_session_and_no_other(access: Access):
    issued = await _issue(access)
    first, second = [await access.sign_in(token=issued.secret, code=None) for _ in range(2)]
    await access.sign_out(_by_session(first), actor=ANN)
    with pytest.raises(UnauthenticatedError):
        await access.identity(_by_session(first))
    assert await access.identity(_by_session(second)) == second.identity


async def test_signing_out_with_a_token_leaves_the_token(access: Access):
    issued = await _issue(access)
    await access.sign_out(_by_token(issued), actor=ANN)
    assert (await access.actor(_by_token(issued))).name == "ci"


async def test_an_unknown_token_gets_no_session(access: Access):
    with pytest.raises(UnauthenticatedError):
        await access.sign_in(token="stg_unknown", code=None)


async def test_a_code_signs_in_as_its_owner(access: Access):
    issued = await _issue(access)
    code = await access.sign_in_code(await access.actor(_by_token(issued)))
    session = await access.sign_in(token=None, code=code.code)
    assert session.identity.actor.caller.ref == (await access.actor(_by_token(issued))).caller.ref


async def test_a_code_is_used_once(access: Access):
    code = await access.sign_in_code(await access.actor(_by_token(await _issue(access))))
    await access.sign_in(token=None, code=code.code)
    with pytest.raises(UnauthenticatedError, match="code was used"):
        await access.sign_in(token=None, code=code.code)


async def test_a_code_that_has_expired_is_refused(access: Access):
    actor = await access.actor(_by_token(await _issue(access)))
    code = await access.sign_in_code(actor, lifetime=timedelta(0))
    with pytest.raises(UnauthenticatedError):
        await access.sign_in(token=None, code=code.code)


async def test_a_code_of_a_revoked_token_is_refused(access: Access):
    issued = await _issue(access)
    code = await access.sign_in_code(await access.actor(_by_token(issued)))
    await access.revoke(issued.record.id, caller=ANN.caller)
    with pytest.raises(UnauthenticatedError):
        await access.sign_in(token=None, code=code.code)


@pytest.mark.parametrize("by", ["token", "session"])
async def test_a_code_is_no_proof(access: Access, by):
    code = await access.sign_in_code(await access.actor(_by_token(await _issue(access))))
    with pytest.raises(UnauthenticatedError):
        await access.actor(Proof(secret=code.code, by=by))


async def test_a_session_is_no_token(access: Access):
    session = await access.sign_in(token=(await _issue(access)).secret, code=None)
    with pytest.raises(UnauthenticatedError):
        await access.actor(Proof(secret=session.secret, by="token"))


async def test_refused_sign_ins_are_written_without_what_was_presented(access: Access, raw):
    revoked = await _issue(access)
    await access.revoke(revoked.record.id, caller=SUITE.caller)
    for token, code in ((revoked.secret, None), ("canary-token", None), (None, "canary-code"), (None, "canary-other")):
        with pytest.raises(UnauthenticatedError):
            await access.sign_in(token=token, code=code, address="192.0.2.7", request_id="r1")
    found = await raw(
        "SELECT actor_id, outcome, reason, address, request_id FROM audit WHERE action = 'sign-in.refused' ORDER BY seq"
    )
    assert found == [
        ("sign-in:token", "refused", "The token is unknown, has expired or was revoked.", "192.0.2.7", "r1"),
        ("sign-in:code", "refused", "The code was used or has expired.", "192.0.2.7", "r1"),
    ]
    rows = str(await raw("SELECT CAST(audit AS text) FROM audit"))
    assert "canary" not in rows
    assert revoked.secret not in rows
