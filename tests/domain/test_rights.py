"""What an actor may do follows from its bindings, each as a whole."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.rights import (
    ApplicationRef,
    EnvironmentRef,
    Holdings,
    Right,
    RoleBinding,
    Scope,
    Subject,
    SubjectKind,
    in_force,
)
from domain.words import Role

SHOP = ApplicationRef(id="shop", name="shop", labels={"team": "shop", "tier": "web"})
BLOG = ApplicationRef(id="blog", name="blog")
STAGING = EnvironmentRef(id="staging", name="Staging")
PRODUCTION = EnvironmentRef(id="production", name="Production")
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def bound(role: Role, **changes) -> RoleBinding:
    scope = {key: frozenset(value) for key, value in changes.items() if key in {"applications", "environments"}}
    labels = frozenset(changes.get("labels", {}).items())
    rest = {key: value for key, value in changes.items() if key in {"break_glass", "expires_at"}}
    return RoleBinding(
        id="b",
        subject=Subject(kind=SubjectKind.PERSON, id="ada"),
        role=role,
        scope=Scope(labels=labels, **scope),
        **rest,
    )


def test_without_a_binding_nothing_is_allowed():
    assert not any(Holdings().allow(right, application=SHOP, environment=STAGING) for right in Right)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.VIEWER, {Right.VIEW}),
        (Role.PROMOTER, {Right.VIEW, Right.PROMOTE}),
        (Role.APPROVER, {Right.VIEW, Right.APPROVE}),
        (Role.MAINTAINER, {Right.VIEW, Right.PROMOTE, Right.MAINTAIN}),
        (Role.ADMIN, set(Right)),
    ],
)
def test_a_role_holds_its_rights_and_no_other(role: Role, rights: set[Right]):
    holdings = Holdings(bindings=(bound(role),))
    assert {each for each in Right if holdings.allow(each, application=SHOP, environment=STAGING)} == rights


def test_a_binding_reaches_no_other_application_and_no_other_environment():
    holdings = Holdings(bindings=(bound(Role.PROMOTER, applications=["shop"], environments=["staging"]),))
    assert holdings.allow(Right.PROMOTE, application=SHOP, environment=STAGING)
    assert not holdings.allow(Right.VIEW, application=BLOG, environment=STAGING)
    assert not holdings.allow(Right.VIEW, application=SHOP, environment=PRODUCTION)


def test_a_binding_by_labels_reaches_what_bears_all_of_them():
    holdings = Holdings(bindings=(bound(Role.VIEWER, labels={"team": "shop", "tier": "web"}),))
    assert holdings.allow(Right.VIEW, application=SHOP, environment=STAGING)
    assert not holdings.allow(Right.VIEW, application=BLOG, environment=STAGING)
    assert not holdings.allow(Right.VIEW)


def test_the_role_of_one_binding_never_meets_the_scope_of_another():
    holdings = Holdings(
        bindings=(bound(Role.MAINTAINER, environments=["staging"]), bound(Role.VIEWER, environments=["production"]))
    )
    assert not holdings.allow(Right.PROMOTE, application=SHOP, environment=PRODUCTION)


def test_a_personal_token_never_exceeds_its_owner_nor_its_own_scope():
    owner = bound(Role.MAINTAINER, environments=["staging"])
    limited = Holdings(bindings=(owner,), limit=bound(Role.PROMOTER, applications=["shop"]))
    assert limited.allow(Right.PROMOTE, application=SHOP, environment=STAGING)
    assert not limited.allow(Right.MAINTAIN, application=SHOP, environment=STAGING)
    assert not limited.allow(Right.VIEW, application=BLOG, environment=STAGING)
    assert not limited.allow(Right.VIEW, application=SHOP, environment=PRODUCTION)


def test_scopes_that_share_nothing_leave_a_limited_token_nothing():
    limited = Holdings(
        bindings=(bound(Role.ADMIN, environments=["staging"]),),
        limit=bound(Role.ADMIN, environments=["production"]),
    )
    assert limited.scopes(Right.VIEW) == ()


def test_break_glass_is_a_right_that_a_binding_adds():
    without, added = (Holdings(bindings=(bound(Role.PROMOTER, break_glass=added),)) for added in (False, True))
    assert not without.allow(Right.BREAK_GLASS, application=SHOP, environment=PRODUCTION)
    assert added.allow(Right.BREAK_GLASS, application=SHOP, environment=PRODUCTION)


def test_a_binding_ends_at_its_time():
    ended, lasting = (bound(Role.ADMIN, expires_at=NOW + timedelta(days=days)) for days in (0, 1))
    assert in_force((ended, lasting), NOW) == (lasting,)


def test_nobody_gives_more_than_they_hold():
    holdings = Holdings(
        bindings=(bound(Role.ADMIN, applications=["shop"], environments=["staging", "production"]), bound(Role.VIEWER))
    )
    assert holdings.include(bound(Role.VIEWER))
    assert holdings.include(bound(Role.ADMIN, applications=["shop"], environments=["staging"]))
    assert not holdings.include(bound(Role.ADMIN, applications=["shop"]))
    assert not holdings.include(bound(Role.ADMIN, applications=["shop", "blog"], environments=["staging"]))
    assert not holdings.include(bound(Role.PROMOTER, labels={"team": "shop"}, environments=["staging"]))


def test_a_binding_by_labels_may_give_what_bears_more_labels():
    holdings = Holdings(bindings=(bound(Role.MAINTAINER, labels={"team": "shop"}),))
    assert holdings.include(bound(Role.PROMOTER, labels={"team": "shop", "tier": "web"}))
    assert not holdings.include(bound(Role.PROMOTER, labels={"tier": "web"}))
