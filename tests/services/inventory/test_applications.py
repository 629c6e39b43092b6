"""Applications, and what a change of their settings in an environment does to waiting image pushes."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database, Transaction
from domain.gates import FreezeEffect, Window
from domain.rights import Holdings, RoleBinding, Scope, Subject, SubjectKind
from domain.words import DeployMode, Pin, Role
from services.errors import AlreadyConfiguredError, ForbiddenError, InUseError, NameTakenError, NotFoundError
from services.inventory.applications import Applications
from services.people.freezing import FreezeText, Freezing
from services.reading.permissions import Permissions
from tests.support.actors import ANN, SEES_ALL
from tests.support.rows import make_operation, make_target


@dataclass
class _Judge:
    """Records each call with the settings that the transaction has written by then; `fails` raises."""

    calls: list[tuple[DeployMode, Pin, bool]] = field(default_factory=list)
    fails: bool = False

    async def __call__(self, tx: Transaction, target: AppEnvironmentRecord, /, *, switching: bool) -> None:
        written = (await tx.app_environments.some([target.id or ""]))[target.id or ""]
        self.calls.append((written.deploy_mode, written.pin, switching))
        if self.fails:
            raise LookupError


@pytest.fixture
def judge() -> _Judge:
    return _Judge()


@pytest.fixture
async def applications(database: Database, judge: _Judge) -> Applications:
    """Shop, in the environments Staging and Production."""
    await make_target(database, environment="Staging", clusters=("staging",))
    async with database.begin() as tx:
        await tx.environments.add(name="Production", cluster_ids=[])
    return Applications(database, judge_pushes=judge)


async def test_an_application_is_found_whatever_the_case_of_its_name(applications: Applications):
    assert (await applications.get("SHOP", actor=ANN)).name == "shop"


async def test_a_name_that_differs_only_in_case_is_taken(applications: Applications):
    with pytest.raises(NameTakenError):
        await applications.add("Shop", description="", actor=ANN)


async def test_a_rename_leaves_the_description(applications: Applications):
    await applications.add("blog", description="Posts", actor=ANN)
    renamed = await applications.update("blog", {"name": "journal"}, actor=ANN)
    assert (renamed.name, renamed.description) == ("journal", "Posts")


async def test_a_rename_to_a_taken_name_is_refused(applications: Applications):
    await applications.add("blog", description="", actor=ANN)
    with pytest.raises(NameTakenError):
        await applications.update("blog", {"name": "SHOP"}, actor=ANN)


async def test_a_search_finds_names_that_contain_it_whatever_the_case(applications: Applications):
    await applications.add("web-Shop", description="", actor=ANN)
    await applications.add("blog", description="shop", actor=ANN)
    page = await applications.list(SEES_ALL, search="SHOP", after=None, limit=10)
    assert [each.name for each in page.items] == ["shop", "web-Shop"]


async def test_an_application_is_deleted_with_its_settings(applications: Applications):
    await applications.delete("shop", actor=ANN)
    with pytest.raises(NotFoundError):
        await applications.get("shop", actor=ANN)


async def test_an_application_with_an_operation_under_way_is_not_deleted(
    applications: Applications, database: Database
):
    operation = await make_operation(database, await make_target(database, environment="Staging"))
    with pytest.raises(InUseError) as refused:
        await applications.delete("shop", actor=ANN)
    assert refused.value.users == (f"operation {operation}",)


async def test_an_application_is_in_every_environment_by_rank(applications: Applications):
    records = await applications.environments("shop", actor=ANN)
    assert [(each.environment.name, each.configured) for each in records] == [("Staging", False), ("Production", False)]


async def test_an_unknown_environment_is_told_from_an_unknown_application(applications: Applications):
    with pytest.raises(NotFoundError) as of_environment:
        await applications.environment("shop", "Nowhere", actor=ANN)
    with pytest.raises(NotFoundError) as of_application:
        await applications.environment("nothing", "Staging", actor=ANN)
    assert (of_environment.value.what, of_application.value.what) == ("environment", "application")


async def test_settings_in_one_environment_change_no_other(applications: Applications):
    await applications.change_environment(
        "shop", "Staging", {"deploy_mode": DeployMode.AUTO, "namespace": "live"}, actor=ANN
    )
    other = await applications.environment("shop", "Production", actor=ANN)
    assert (other.deploy_mode, other.namespace) == (DeployMode.MANUAL, None)


async def test_the_namespace_of_a_configured_application_does_not_change(
    applications: Applications, database: Database
):
    await _configure(database)
    with pytest.raises(AlreadyConfiguredError):
        await applications.change_environment("shop", "Staging", {"namespace": "elsewhere"}, actor=ANN)
    assert (await applications.environment("shop", "Staging", actor=ANN)).namespace == "live"


async def test_the_namespace_that_a_configured_application_has_may_be_sent_again(
    applications: Applications, database: Database
):
    await _configure(database)
    changed = await applications.change_environment("shop", "Staging", {"namespace": "live", "pin": Pin.TAG}, actor=ANN)
    assert (changed.namespace, changed.pin) == ("live", Pin.TAG)


async def test_going_to_auto_judges_the_pushes_as_a_switch_under_the_new_mode(
    applications: Applications, judge: _Judge
):
    await applications.change_environment("shop", "Staging", {"deploy_mode": DeployMode.AUTO}, actor=ANN)
    assert judge.calls == [(DeployMode.AUTO, Pin.DIGEST, True)]


async def test_going_to_manual_judges_the_pushes_and_is_no_switch(applications: Applications, judge: _Judge):
    await applications.change_environment("shop", "Staging", {"deploy_mode": DeployMode.AUTO}, actor=ANN)
    await applications.change_environment("shop", "Staging", {"deploy_mode": DeployMode.MANUAL}, actor=ANN)
    assert judge.calls[1:] == [(DeployMode.MANUAL, Pin.DIGEST, False)]


async def test_another_pin_in_auto_judges_the_pushes_and_is_no_switch(applications: Applications, judge: _Judge):
    await applications.change_environment("shop", "Staging", {"deploy_mode": DeployMode.AUTO}, actor=ANN)
    await applications.change_environment("shop", "Staging", {"pin": Pin.TAG}, actor=ANN)
    assert judge.calls[1:] == [(DeployMode.AUTO, Pin.TAG, False)]


async def test_settings_that_stay_the_same_judge_no_push(applications: Applications, judge: _Judge):
    await applications.change_environment(
        "shop", "Staging", {"deploy_mode": DeployMode.MANUAL, "pin": Pin.DIGEST, "namespace": "live"}, actor=ANN
    )
    assert judge.calls == []


async def test_a_mode_whose_pushes_cannot_be_judged_is_not_stored(applications: Applications, judge: _Judge):
    judge.fails = True
    with pytest.raises(LookupError):
        await applications.change_environment("shop", "Staging", {"deploy_mode": DeployMode.AUTO}, actor=ANN)
    assert (await applications.environment("shop", "Staging", actor=ANN)).deploy_mode is DeployMode.MANUAL


async def _configure(database: Database) -> None:
    target = await make_target(database, environment="Staging")
    async with database.begin() as tx:
        await tx.app_environments.configure(target.app_environment.id or "", namespace="live", resources=[])


def _role_on(role: Role, *labels: tuple[str, str]) -> RoleBinding:
    subject = Subject(kind=SubjectKind.TOKEN, id="ada")
    return RoleBinding(id=None, subject=subject, role=role, scope=Scope(labels=frozenset(labels)))


async def test_nobody_labels_an_application_so_that_a_role_covers_it_which_they_do_not_hold_there(
    applications: Applications, database: Database
):
    await applications.add("till", description="", labels={"team": "shop"}, actor=ANN)
    mine = _role_on(Role.MAINTAINER, ("team", "shop")), _role_on(Role.ADMIN, ("sandbox", "true"))
    ada = replace(ANN, holdings=Holdings(bindings=mine))
    async with database.begin() as tx:
        for each in mine:
            await tx.bindings.add(each, created_by=ANN.caller.ref)
    with pytest.raises(ForbiddenError):
        await applications.update("till", {"labels": {"team": "shop", "sandbox": "true"}}, actor=ada)
    told = await applications.update("till", {"labels": {"team": "shop", "colour": "blue"}}, actor=ada)
    assert told.labels == {"team": "shop", "colour": "blue"}


async def test_nobody_but_an_administrator_labels_an_application_out_of_a_freeze(
    applications: Applications, database: Database
):
    labels = {"team": "shop", "tier": "critical"}
    await applications.add("till", description="", labels=labels, actor=ANN)
    starts = datetime(2026, 12, 1)  # noqa: DTZ001 - of the wall clock of the window's zone
    text = FreezeText(
        name="sales",
        effect=FreezeEffect.DENY,
        window=Window(starts=starts, ends=starts + timedelta(days=1), zone="UTC", rrule=None),
        reason="sales",
        applications=None,
        labels=(("tier", "critical"),),
        environments=None,
    )
    await Freezing(database, Permissions(database)).add(text, actor=ANN)
    ada = replace(ANN, holdings=Holdings(bindings=(_role_on(Role.MAINTAINER, ("team", "shop")),)))
    with pytest.raises(ForbiddenError):
        await applications.update("till", {"labels": {"team": "shop"}}, actor=ada)
    assert (await applications.update("till", {"labels": {"team": "shop"}}, actor=ANN)).labels == {"team": "shop"}
