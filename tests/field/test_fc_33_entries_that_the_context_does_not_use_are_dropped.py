"""A merged kubeconfig: the current context counts, and the other entries are dropped and named."""

from typing import Any

import pytest

from services.kube.errors import KubeconfigRefusedError
from services.kube.kubeconfig import KubeconfigRules, as_kubeconfig, vet_submitted
from services.net.addresses import AddressPolicy
from tests.support.kubeconfigs import TOKEN, kubeconfig

RULES = KubeconfigRules(addresses=AddressPolicy(allow_loopback=False, allow_private=True), allow_http_to_loopback=False)
MERGED: dict[str, Any] = {
    "clusters": [
        {"name": "prod-eks", "cluster": {"server": "https://eks.example", "certificate-authority": "/home/dev/ca.crt"}},
        {"name": "staging", "cluster": {"server": "https://10.20.30.40:6443", "insecure-skip-tls-verify": True}},
        {"name": "ci-cluster", "cluster": {"server": "https://10.20.30.41:6443"}},
    ],
    "users": [
        {"name": "prod-eks", "user": {"exec": {"command": "aws", "args": ["eks", "get-token"]}}},
        {"name": "old-gke", "user": {"auth-provider": {"name": "gcp"}}},
        {"name": "leftover", "user": None},
        {"name": "other", "user": {"token": "token-of-another-cluster"}},
        {"name": "ci-bot", "user": {"token": TOKEN}},
    ],
    "contexts": [
        {"name": "prod", "context": {"cluster": "prod-eks", "user": "prod-eks"}},
        {"name": "staging", "context": {"cluster": "staging", "user": "deleted"}},
        {"name": "ci", "context": {"cluster": "ci-cluster", "user": "ci-bot", "namespace": "build"}},
    ],
}


def merged(*, current: str = "ci", **top: Any) -> str:
    return kubeconfig(current=current, **{**MERGED, **top})


def reasons(text: str) -> str:
    with pytest.raises(KubeconfigRefusedError) as caught:
        vet_submitted(text, rules=RULES)
    assert TOKEN not in str(caught.value)
    assert "token-of-another-cluster" not in str(caught.value)
    return str(caught.value)


def test_only_the_current_context_is_stored():
    target = vet_submitted(merged(), rules=RULES).target
    assert (target.server, target.token) == ("https://10.20.30.41:6443", TOKEN)
    stored = as_kubeconfig(target)
    for dropped in ("exec", "aws", "auth-provider", "/home/dev", "insecure", "deleted", "token-of-another-cluster"):
        assert dropped not in stored


def test_what_is_left_out_is_named():
    assert vet_submitted(merged(), rules=RULES).left_out == (
        'context "prod"', 'context "staging"', 'cluster "prod-eks"', 'cluster "staging"',
        'user "prod-eks"', 'user "old-gke"', 'user "leftover"', 'user "other"',
    )  # fmt: skip


def test_a_file_of_one_context_leaves_nothing_out():
    assert vet_submitted(kubeconfig(), rules=RULES).left_out == ()


@pytest.mark.parametrize("current", ["prod", "staging"])
def test_entries_that_the_current_context_uses_are_vetted(current: str):
    assert "would run a command" in reasons(merged(current=current)) or "does not exist" in reasons(
        merged(current=current)
    )


@pytest.mark.parametrize("current", ["", "Ci", "gone"])
def test_without_a_current_context_that_exists_the_names_are_listed_with_the_command_that_chooses(current: str):
    said = reasons(merged(current=current))
    assert "the contexts are prod, staging, ci" in said
    assert "kubectl config view --raw --minify --flatten --context NAME" in said


@pytest.mark.parametrize(
    "users",
    [
        [{"name": "u", "user": "text"}, {"name": "ci-bot", "user": {"token": TOKEN}}],
        [{"name": "", "user": {"exec": {"command": "x"}}}, {"name": "ci-bot", "user": {"token": TOKEN}}],
        [{"name": "u", "user": {"surprise": "x"}}, {"name": "ci-bot", "user": {"token": TOKEN}}],
    ],
)
def test_an_unused_entry_may_hold_anything(users: list[dict[str, Any]]):
    assert vet_submitted(merged(users=users), rules=RULES).target.token == TOKEN


def test_two_users_of_one_name_are_refused_used_or_not():
    users = [{"name": "u", "user": {"token": "a"}}, {"name": "u", "user": {"token": "b"}}, MERGED["users"][-1]]
    assert "earlier entry" in reasons(merged(users=users))
