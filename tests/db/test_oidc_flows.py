"""Sign-ins under way: taken once, by the browser and at the provider that they began with."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from db.oidc_flows import FlowRecord
from db.transaction import Database

FLOW = FlowRecord(verifier="the verifier", nonce="the nonce", return_to="/applications/shop")


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


async def begun(database: Database, state: str = "state", *, lives: timedelta = timedelta(minutes=10)) -> None:
    async with database.begin() as tx:
        await tx.oidc_flows.add(
            FLOW,
            state=digest(state),
            browser=digest("browser"),
            provider="corp",
            expires_at=datetime.now(UTC) + lives,
        )


async def taken(database: Database, state: str = "state", **other: str) -> FlowRecord | None:
    async with database.begin() as tx:
        return await tx.oidc_flows.take(
            state=digest(state), browser=digest(other.get("browser", "browser")), provider=other.get("provider", "corp")
        )


async def test_a_flow_is_taken_once(database: Database):
    await begun(database)
    assert [await taken(database), await taken(database)] == [FLOW, None]


@pytest.mark.parametrize("other", [{"state": "other"}, {"browser": "other"}, {"provider": "other"}])
async def test_a_flow_is_no_other_browsers_and_no_other_providers(database: Database, other: dict[str, str]):
    await begun(database)
    assert [await taken(database, **other), await taken(database)] == [None, FLOW]


async def test_a_flow_that_took_too_long_is_gone_and_the_next_one_deletes_it(database: Database, raw):
    await begun(database, lives=-timedelta(seconds=1))
    assert await taken(database) is None
    await begun(database, "next")
    assert await raw("SELECT count(*) FROM oidc_flows") == [(1,)]


async def test_the_table_holds_neither_state_nor_verifier(database: Database, raw):
    await begun(database)
    stored = str(await raw("SELECT * FROM oidc_flows"))
    assert [secret for secret in ("the verifier", "browser", "'state'") if secret in stored] == []
