"""What a person put into a ServiceAccount's `secrets` is copied; what controllers generated is not."""

from typing import Any

import pytest

from services.planning.objects.identity import ObjectKey
from tests.support.copy_plans import actions, codes, only, planned
from tests.support.field_inputs import named, objects_of, preselected
from tests.support.objects import obj

_ALL = objects_of("mc-07-secrets-of-a-service-account")
_ORDINARY = {"forge-login": "kubernetes.io/basic-auth"}


def _account(**lists):
    listed: dict[str, Any] = {field: [{"name": name} for name in names] for field, names in lists.items()}
    return obj("v1", "ServiceAccount", "builder", **listed)


def _copied(account, *, types=None, live=()):
    plan = planned(account, live=live, source_facts={"secret_types": types or {}})
    return only(plan).desired.body


def test_an_ordinary_secret_stays_in_the_list():
    assert _copied(named(_ALL, "ServiceAccount builder"), types=_ORDINARY)["secrets"] == [{"name": "forge-login"}]


def test_the_login_goes_with_the_account():
    assert preselected(_ALL) >= {"ServiceAccount builder", "Secret forge-login"}


def test_an_account_whose_login_is_not_copied_is_told():
    account = named(_ALL, "ServiceAccount builder")
    plan = planned(account, looked_for=frozenset({ObjectKey(group="", kind="Secret", name="forge-login")}))
    assert codes(plan) == ["missing-reference"]
    assert not plan.blocked


@pytest.mark.parametrize("name", ["builder-token-x7k2p", "builder-dockercfg-9zq4r"])
def test_what_a_controller_generated_goes_by_its_name_where_it_cannot_be_read(name):
    assert "secrets" not in _copied(_account(secrets=[name]))


def test_a_token_goes_by_its_type_whatever_its_name():
    types = {"robot": "kubernetes.io/service-account-token", **_ORDINARY}
    assert _copied(_account(secrets=["robot", "forge-login"]), types=types)["secrets"] == [{"name": "forge-login"}]


def test_an_ordinary_secret_with_the_name_of_a_token_stays():
    types = {"builder-token-login": "Opaque"}
    assert _copied(_account(secrets=["builder-token-login"]), types=types)["secrets"] == [
        {"name": "builder-token-login"}
    ]


def test_a_pull_login_that_a_person_made_stays():
    types = {"regcred": "kubernetes.io/dockerconfigjson"}
    account = _account(imagePullSecrets=["builder-dockercfg-9zq4r", "regcred"])
    assert _copied(account, types=types)["imagePullSecrets"] == [{"name": "regcred"}]


def test_the_login_that_the_targets_openshift_generated_is_kept_and_is_no_difference():
    live = _account(imagePullSecrets=["builder-dockercfg-zzzzz", "regcred"])
    plan = planned(_account(imagePullSecrets=["builder-dockercfg-9zq4r", "regcred"]), live=[live])
    assert actions(plan) == {"ServiceAccount builder": "unchanged"}


def test_another_login_of_the_source_is_added_beside_the_one_that_the_target_generated():
    live = _account(imagePullSecrets=["builder-dockercfg-zzzzz"])
    copied = _copied(_account(imagePullSecrets=["regcred"]), live=[live])
    assert copied["imagePullSecrets"] == [{"name": "builder-dockercfg-zzzzz"}, {"name": "regcred"}]
