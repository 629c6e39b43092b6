"""Roles are given and taken away by those who hold them, and it is said by which binding somebody may do what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef
from domain.grants import Actor
from domain.rights import Holdings, Right, RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from services.errors import ForbiddenError, InvalidRequestError, NotFoundError
from services.people.access import Access
from services.people.bindings import Bindings, BindingView, NewBinding
from services.people.service_accounts import ServiceAccounts
from services.people.tokens import NewToken
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTERS, ADMINISTRATOR, actor_with
from tests.support.rows import Target, make_target

TEAM = Subject(kind=SubjectKind.GROUP, id="keycloak:shop")


@pytest.fixture
def bindings(database: Database) -> Bindings:
    return Bindings(database)


@pytest.fixture
async def staging(database: Database) -> Target:
    await make_target(database, application="blog", environment="Staging", clusters=("staging-1",))
    return await make_target(database, application="shop", environment="Staging", clusters=("staging-1",))


def maintainer_of(target: Target) -> Actor:
    """Maintains shop in Staging, and nothing else."""
    record = target.app_environment
    scope = Scope(applications=frozenset({record.application.id}), environments=frozenset({record.environment.id}))
    subject = Subject(kind=SubjectKind.TOKEN, id="sam")
    return Actor(
        caller=actor_with(Role.VIEWER, name="sam").caller,
        holdings=Holdings(bindings=(RoleBinding(id=None, subject=subject, role=Role.MAINTAINER, scope=scope),)),
    )


def in_staging(role: Role, **changes: object) -> NewBinding:
    values: dict[str, object] = {"subject": TEAM, "applications": ("shop",), "environments": ("Staging",), "role": role}
    return NewBinding(**{**values, **changes})  # type: ignore[arg-type]


async def _all(bindings: Bindings, actor: Actor = ADMINISTRATOR) -> list[BindingView]:
    return list((await bindings.list(actor, after=None, limit=50)).items)


async def test_a_binding_is_shown_with_the_names_of_what_it_covers(bindings: Bindings, staging: Target):
    await bindings.give(ADMINISTRATOR, in_staging(Role.PROMOTER))
    (found,) = await _all(bindings)
    assert (found.subject_name, found.role) == ("keycloak:shop", Role.PROMOTER)
    assert (found.scope.applications, found.scope.environments) == (("shop",), ("Staging",))
    assert found.created_by == ActorRef(kind=ActorKind.TOKEN, id="admin", name="admin")


async def test_a_group_is_bound_as_it_is_told_at_sign_in(bindings: Bindings, staging: Target):
    path = Subject(kind=SubjectKind.GROUP, id="keycloak:/shop")
    assert (await bindings.give(ADMINISTRATOR, in_staging(Role.VIEWER, subject=path))).subject == TEAM


async def test_a_maintainer_gives_and_takes_what_they_hold_where_they_hold_it(bindings: Bindings, staging: Target):
    sam = maintainer_of(staging)
    given = await bindings.give(sam, in_staging(Role.PROMOTER))
    assert [each.id for each in await _all(bindings, sam)] == [given.id]
    await bindings.take(sam, given.id)
    assert await _all(bindings) == []


@pytest.mark.parametrize(
    "more",
    [
        in_staging(Role.ADMIN),
        in_staging(Role.APPROVER),
        in_staging(Role.VIEWER, break_glass=True),
        in_staging(Role.VIEWER, environments=None),
        in_staging(Role.VIEWER, applications=None),
        in_staging(Role.VIEWER, applications=None, labels={"team": "shop"}),
    ],
)
async def test_nobody_gives_more_than_they_hold(bindings: Bindings, staging: Target, more: NewBinding):
    with pytest.raises(ForbiddenError):
        await bindings.give(maintainer_of(staging), more)
    assert await _all(bindings) == []


async def test_what_covers_more_than_one_maintains_is_neither_seen_nor_taken(bindings: Bindings, staging: Target):
    everywhere = await bindings.give(ADMINISTRATOR, in_staging(Role.VIEWER, applications=None, environments=None))
    sam = maintainer_of(staging)
    assert await _all(bindings, sam) == []
    with pytest.raises(NotFoundError):
        await bindings.take(sam, everywhere.id)


async def test_a_higher_role_is_not_taken_away_by_a_lower_one(bindings: Bindings, staging: Target):
    admin = await bindings.give(ADMINISTRATOR, in_staging(Role.ADMIN))
    with pytest.raises(ForbiddenError):
        await bindings.take(maintainer_of(staging), admin.id)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (in_staging(Role.VIEWER, applications=("nowhere",)), NotFoundError),
        (in_staging(Role.VIEWER, environments=("Nowhere",)), NotFoundError),
        (in_staging(Role.VIEWER, subject=Subject(kind=SubjectKind.PERSON, id="ada")), NotFoundError),
        (in_staging(Role.VIEWER, subject=Subject(kind=SubjectKind.GROUP, id="shop")), InvalidRequestError),
        (in_staging(Role.VIEWER, subject=Subject(kind=SubjectKind.TOKEN, id="t")), InvalidRequestError),
        (in_staging(Role.VIEWER, labels={"team": "shop"}), InvalidRequestError),
        (in_staging(Role.VIEWER, expires_at=datetime.now(UTC) - timedelta(days=1)), InvalidRequestError),
    ],
)
async def test_a_binding_that_says_nothing_sensible_is_refused(bindings: Bindings, staging: Target, wrong, error):
    with pytest.raises(error):
        await bindings.give(ADMINISTRATOR, wrong)


async def test_why_a_service_account_may_do_something_is_the_binding_that_gives_it(
    bindings: Bindings, staging: Target, database: Database
):
    account = await ServiceAccounts(database).create(ADMINISTERS, name="nightly", description="")
    subject = Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account.id)
    here = await bindings.give(ADMINISTRATOR, in_staging(Role.PROMOTER, subject=subject))
    await bindings.give(ADMINISTRATOR, in_staging(Role.MAINTAINER, subject=subject, applications=("blog",)))
    explained = await bindings.explain(ADMINISTRATOR, subject, application="shop", environment="Staging")
    held = {each.right: [why.id for why in each.because_of] for each in explained if each.held}
    assert held == {Right.VIEW: [here.id], Right.PROMOTE: [here.id]}


async def test_who_may_do_what_is_for_those_who_maintain_that_place(bindings: Bindings, staging: Target):
    with pytest.raises(ForbiddenError):
        await bindings.explain(actor_with(Role.PROMOTER), TEAM, application="shop", environment="Staging")
    with pytest.raises(NotFoundError):
        await bindings.explain(maintainer_of(staging), TEAM, application="blog", environment="Staging")


async def test_each_change_of_a_binding_is_in_the_audit(bindings: Bindings, staging: Target, raw):
    given = await bindings.give(ADMINISTRATOR, in_staging(Role.PROMOTER))
    await bindings.take(ADMINISTRATOR, given.id)
    rows = await raw("SELECT action, before ->> 'role', after ->> 'role' FROM audit ORDER BY seq")
    assert rows == [("binding.created", None, "promoter"), ("binding.deleted", "promoter", None)]


async def test_ones_own_rights_say_where_they_are_held(bindings: Bindings, staging: Target):
    own = {each.right: each.scopes for each in await bindings.own(maintainer_of(staging))}
    assert set(own) == {Right.VIEW, Right.PROMOTE, Right.MAINTAIN}
    assert [(scope.applications, scope.environments) for scope in own[Right.VIEW]] == [(("shop",), ("Staging",))]


def until(actor: Actor, end: datetime) -> Actor:
    """The same actor with bindings that end then."""
    bindings = tuple(replace(each, expires_at=end) for each in actor.holdings.bindings)
    return replace(actor, holdings=Holdings(bindings=bindings))


async def test_nobody_gives_for_longer_than_they_hold(bindings: Bindings, staging: Target):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    sam = until(maintainer_of(staging), tomorrow)
    for longer in (None, tomorrow + timedelta(seconds=1)):
        with pytest.raises(ForbiddenError):
            await bindings.give(sam, in_staging(Role.MAINTAINER, expires_at=longer))
    given = await bindings.give(sam, in_staging(Role.MAINTAINER, expires_at=tomorrow))
    assert given.expires_at == tomorrow


async def test_a_role_that_ends_is_not_made_into_a_token_that_outlasts_it(database: Database):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    access, ada = Access(database), until(ADMINISTRATOR, tomorrow)
    with pytest.raises(ForbiddenError):
        await access.issue(name="for good", role=Role.VIEWER, expires_at=None, actor=ada)
    assert (await access.issue(name="today", role=Role.ADMIN, expires_at=tomorrow, actor=ada)).record.name == "today"


async def test_what_is_not_seen_cannot_be_told_from_what_does_not_exist(
    bindings: Bindings, staging: Target, database: Database
):
    sam = maintainer_of(staging)
    await make_target(database, application="shop", environment="Production", clusters=("prod-1",))
    for hidden in (
        in_staging(Role.VIEWER, applications=("blog",)),
        in_staging(Role.VIEWER, environments=("Production",)),
    ):
        with pytest.raises(NotFoundError):
            await bindings.give(sam, hidden)


async def test_an_explanation_names_only_what_its_reader_sees(bindings: Bindings, staging: Target):
    await bindings.give(ADMINISTRATOR, in_staging(Role.VIEWER, applications=("shop", "blog")))
    sam = maintainer_of(staging)
    explained = await bindings.explain(sam, TEAM, application="shop", environment="Staging")
    (why,) = next(each.because_of for each in explained if each.right is Right.VIEW)
    assert why.scope.applications == ("shop",)


async def test_an_owner_who_holds_less_than_the_account_issues_no_token_of_it(
    bindings: Bindings, staging: Target, database: Database
):
    accounts, sam = ServiceAccounts(database), maintainer_of(staging)
    owner = replace(ADMINISTRATOR, caller=sam.caller)
    account = await accounts.create(Permissions.administration(owner), name="nightly", description="")
    subject = Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account.id)
    await bindings.give(ADMINISTRATOR, in_staging(Role.PROMOTER, subject=subject))
    new = NewToken(name="first", role=Role.PROMOTER, expires_at=datetime.now(UTC) + timedelta(days=1))
    assert (await accounts.issue_token(sam, account.id, new)).view.name == "first"
    await bindings.give(ADMINISTRATOR, in_staging(Role.ADMIN, subject=subject))
    with pytest.raises(ForbiddenError):
        await accounts.issue_token(sam, account.id, replace(new, name="second"))
