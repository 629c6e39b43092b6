"""Image policies: rows that the former release wrote, and rows that it reads since this one wrote them."""

import json
from typing import Any

import pytest

from db.transaction import Database
from domain.stored.policies import StoredPolicies
from services.planning.policies.parsing import PolicyError, parse_policies, parse_stored
from services.planning.policies.tags import ImagePolicies
from tests.support.rows import make_target

_DEFAULTS = {"newest_by": "push", "allow": [], "deny": [], "allow_downgrade": False}

# As the former release wrote them, member by member: one rule of each kind of selection.
_STORED: dict[str, Any] = {
    "rules": [
        {"match": {}, "select": {"kind": "any"}, **_DEFAULTS},
        {
            "match": {"container": "web"},
            "select": {"kind": "exact", "tags": ["latest"]},
            **_DEFAULTS,
            "deny": ["*-rc*"],
        },
        {"match": {}, "select": {"kind": "glob", "pattern": "release-*"}, **_DEFAULTS, "allow": ["release-1*"]},
        {
            "match": {"container": "web", "repository": "registry.example/shop/web"},
            "select": {"kind": "regex", "pattern": "build-([0-9]+)"},
            **_DEFAULTS,
            "newest_by": "capture",
        },
        {
            "match": {"repository": "docker.io/library/nginx"},
            "select": {"kind": "semver", "range": "^1.4.0", "prereleases": True},
            **_DEFAULTS,
            "newest_by": "semver",
            "allow_downgrade": True,
        },
    ]
}


async def _read_after(database: Database, raw: Any, document: dict[str, Any]) -> StoredPolicies:
    """The policies of an app environment whose row holds this document."""
    target = (await make_target(database)).app_environment
    written = json.dumps(document).replace(":", "\\:")  # SQLAlchemy reads a colon as a parameter
    await raw(f"UPDATE app_environments SET image_policies = '{written}' WHERE id = '{target.id}' RETURNING id")
    assert target.id is not None
    async with database.read() as tx:
        record = await tx.app_environments.get(target.id)
    assert record is not None
    return record.image_policies


async def test_policies_that_the_former_release_stored_are_read(database, raw):
    stored = await _read_after(database, raw, _STORED)
    assert len(parse_stored(stored).rules) == 5
    assert parse_stored(stored) == parse_policies(_STORED)


async def test_a_row_without_policies_has_no_rules(database, raw):
    assert parse_stored(await _read_after(database, raw, {})) == ImagePolicies()


async def test_policies_are_stored_with_the_members_that_the_former_release_knows(database, raw):
    target = (await make_target(database)).app_environment
    policies = parse_policies(_STORED)
    async with database.begin() as tx:
        changed = await tx.app_environments.change(
            target.application.id, target.environment.id, image_policies=policies.to_stored()
        )
    assert parse_stored(changed.image_policies) == policies
    written = await raw(f"SELECT image_policies FROM app_environments WHERE id = '{target.id}'")
    assert written == [(_STORED,)]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"version": 2, "rules": []}, "version"),
        ({"version": "1", "rules": []}, "version"),
        ({"rules": [{"select": {"kind": "regex", "pattern": "("}}]}, "rules[0].select.pattern"),
        ({"selections": []}, "selections"),
    ],
)
async def test_an_app_environment_is_read_though_its_policies_cannot_be_parsed(database, raw, document, field):
    stored = await _read_after(database, raw, document)
    assert stored.to_json() == document
    with pytest.raises(PolicyError) as refused:
        parse_stored(stored)
    assert refused.value.field == field
