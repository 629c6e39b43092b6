"""The groups that the settings make administrators: as the settings say now, at each start."""

from typing import Any

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.rights import RoleBinding, Subject, SubjectKind
from domain.words import Role
from services.people.admin_groups import bind_admin_groups
from tests.support.signing import provider


@pytest.fixture
def bound(database: Database) -> Any:
    async def bound() -> list[tuple[str, Role]]:
        async with database.read() as tx:
            page = await tx.bindings.list(limit=10)
        return sorted((each.binding.subject.id, each.binding.role) for each in page.items)

    return bound


async def test_the_named_groups_administer_and_no_others(database: Database, bound):
    corp, other = provider(admin_group="ops"), provider(name="other")
    await bind_admin_groups(database, [corp, other])
    await bind_admin_groups(database, [corp, other])
    assert await bound() == [("corp:ops", Role.ADMIN)]
    await bind_admin_groups(database, [provider(admin_group="platform")])
    assert await bound() == [("corp:platform", Role.ADMIN)]
    await bind_admin_groups(database, [])
    assert await bound() == []


async def test_bindings_that_somebody_made_stay(database: Database, bound):
    ann = ActorRef(kind=ActorKind.TOKEN, id="1", name="ann")
    subject = Subject(kind=SubjectKind.GROUP, id="corp:ops")
    async with database.begin() as tx:
        await tx.bindings.add(RoleBinding(id=None, subject=subject, role=Role.ADMIN), created_by=ann)
    await bind_admin_groups(database, [provider(admin_group="ops")])
    await bind_admin_groups(database, [])
    assert await bound() == [("corp:ops", Role.ADMIN)]


async def test_the_audit_says_that_the_settings_did_it(database: Database, raw):
    await bind_admin_groups(database, [provider(admin_group="ops")])
    await bind_admin_groups(database, [])
    assert await raw("SELECT actor_kind, actor_id, action FROM audit ORDER BY seq") == [
        ("system", "settings", "binding.created"),
        ("system", "settings", "binding.deleted"),
    ]
