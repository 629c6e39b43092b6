"""What a trust has to name, and what it may not rest on."""

from typing import Any

import pytest

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.providers import PROVIDERS
from services.planning.people.trusts.terms import cautions, terms_faults
from tests.support.ci_tokens import TENANT, terms


def faults(wanted: TrustTerms) -> dict[str, str]:
    return {fault.field: fault.detail for fault in terms_faults(wanted)}


@pytest.mark.parametrize("kind", TrustKind)
def test_each_required_claim_is_asked_for(kind: TrustKind):
    assert faults(terms(kind)) == {}
    for group in PROVIDERS[kind].required:
        said = faults(terms(kind, **dict.fromkeys(group.names)))["claims"]
        assert all(name in said for name in group.names)


@pytest.mark.parametrize("kind", TrustKind)
def test_a_trust_that_names_nothing_is_refused(kind: TrustKind):
    empty = TrustTerms(kind=kind, issuer=terms(kind).issuer, audience="a", claims={})
    assert "claims" in faults(empty)


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        *((kind, "sub") for kind in TrustKind if kind not in {TrustKind.KUBERNETES, TrustKind.GOOGLE}),
        (TrustKind.GITHUB, "repository"),
        (TrustKind.GITHUB, "repository_owner"),
        (TrustKind.GITLAB, "project_path"),
        (TrustKind.GITLAB, "ref"),
        (TrustKind.GITLAB, "user_email"),
        (TrustKind.BUILDKITE, "pipeline_slug"),
    ],
)
def test_a_claim_that_others_can_come_by_is_refused_with_what_to_name_instead(kind: TrustKind, claim: str):
    said = faults(terms(kind, **{claim: ("x",)}))[f"claims.{claim}"]
    assert "may not rest on it" in said
    assert len(said) > len("A trust may not rest on it. ")


def test_an_unknown_claim_is_refused_with_those_that_are_known():
    said = faults(terms(TrustKind.GITHUB, repo_id=("74",)))["claims.repo_id"]
    assert "repository_id" in said


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("repository_id", "*"),
        ("repository_id", "7*"),
        ("repository_id", "octo-repo"),
        ("repository_id", ""),
        ("environment", "*"),
        ("environment", "prod*"),
        ("environment", " production"),
        ("environment", "production\n"),
        ("environment", "pro\x00duction"),
        ("environment", "x" * 501),
        ("ref", "*"),
        ("ref", "refs/*"),
        ("ref", "refs/heads/*/main"),
        ("ref", "refs/heads/**"),
        ("ref", "main"),
        ("ref", "refs/heads/"),
        ("ref", "refs/heads/main\nx"),
        ("ref", "refs/remotes/origin/main"),
        ("job_workflow_ref", "octo-org/*/.github/workflows/deploy.yml"),
        ("job_workflow_ref", "deploy.yml"),
        ("event_name", "push*"),
    ],
)
def test_wildcards_and_malformed_values_are_refused(claim: str, value: str):
    assert f"claims.{claim}" in faults(terms(TrustKind.GITHUB, **{claim: (value,)}))


@pytest.mark.parametrize(
    ("kind", "claim", "value"),
    [
        (TrustKind.BUILDKITE, "build_branch", "*"),
        (TrustKind.BUILDKITE, "pipeline_id", "super-duper-app"),
        (TrustKind.CIRCLECI, "oidc.circleci.com/vcs-ref", "refs/*"),
        (TrustKind.CIRCLECI, "oidc.circleci.com/project-id", "3A2F5B1C-7D4E-4F6A-9B8C-0D1E2F3A4B5C"),
        (TrustKind.KUBERNETES, "sub", "system:serviceaccount:ci:*"),
        (TrustKind.KUBERNETES, "sub", "system:node:node-1"),
        (TrustKind.KUBERNETES, "sub", "system:serviceaccount:ci"),
        (TrustKind.GOOGLE, "sub", "deployer@project-id.iam.gserviceaccount.com"),
        (TrustKind.AZURE, "oid", "*"),
    ],
)
def test_values_have_the_form_that_the_provider_sends(kind: TrustKind, claim: str, value: str):
    assert f"claims.{claim}" in faults(terms(kind, **{claim: (value,)}))


@pytest.mark.parametrize(
    ("kind", "issuer", "right"),
    [
        (TrustKind.GITHUB, "https://token.actions.githubusercontent.com/octocorp", True),
        (TrustKind.GITHUB, "https://token.actions.octocorp.ghe.com", True),
        (TrustKind.GITHUB, "https://github.example.com/_services/token", True),
        (TrustKind.GITHUB, "https://token.actions.githubusercontent.com/", False),
        (TrustKind.GITHUB, "https://token.actions.githubusercontent.com.evil.example", False),
        (TrustKind.GITHUB, "https://github.com", False),
        (TrustKind.GITLAB, "https://gitlab.example.com:8443/gitlab", True),
        (TrustKind.GITLAB, "http://gitlab.example.com", False),
        (TrustKind.GITLAB, "https://user@gitlab.example.com", False),
        (TrustKind.GITLAB, "https://gitlab.example.com?x", False),
        (TrustKind.BUILDKITE, "https://buildkite.com", False),
        (TrustKind.CIRCLECI, "https://oidc.circleci.com", False),
        (TrustKind.GOOGLE, "accounts.google.com", False),
        (TrustKind.KUBERNETES, "https://oidc.eks.eu-west-1.amazonaws.com/id/05631FE9BC883BD8", True),
        (TrustKind.KUBERNETES, "kubernetes/serviceaccount", False),
        (TrustKind.AZURE, f"https://login.microsoftonline.com/{TENANT}/v2.0", True),
        (TrustKind.AZURE, f"https://sts.windows.net/{TENANT}", False),
        (TrustKind.AZURE, "https://login.microsoftonline.com/common/v2.0", False),
    ],
)
def test_an_issuer_looks_like_those_of_its_kind(kind: TrustKind, issuer: str, right: bool):
    assert ("issuer" not in faults(terms(kind, issuer=issuer))) is right


def test_plain_http_is_for_issuers_on_this_machine_and_by_setting_only():
    here, elsewhere = "http://127.0.0.1:8080/_services/token", "http://127.0.0.1.evil.example/_services/token"
    assert terms_faults(terms(TrustKind.GITHUB, issuer=here)) != ()
    assert terms_faults(terms(TrustKind.GITHUB, issuer=here), http_to_loopback=True) == ()
    assert terms_faults(terms(TrustKind.GITHUB, issuer=elsewhere), http_to_loopback=True) != ()


@pytest.mark.parametrize("audience", ["", " ", "a b", "a\n", "x" * 501])
def test_the_audience_is_one_word(audience: str):
    wanted = terms(TrustKind.GITHUB)
    assert "audience" in faults(TrustTerms(**{**vars(wanted), "audience": audience}))


@pytest.mark.parametrize("values", [(), tuple(str(number) for number in range(51))])
def test_a_claim_has_some_values_and_not_too_many(values: tuple[str, ...]):
    assert "claims.actor_id" in faults(terms(TrustKind.GITHUB, actor_id=values))


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        (TrustKind.GITHUB, {"event_name": ("push", "pull_request_target")}),
        (TrustKind.GITHUB, {"ref": ("refs/pull/7/merge",)}),
        (TrustKind.GITLAB, {"ref_protected": None, "environment": ("production",)}),
        (TrustKind.AZURE, {"tid": ("00000000-0000-0000-0000-000000000000",)}),
    ],
)
def test_combinations_that_would_admit_strangers_are_refused(kind: TrustKind, claims: dict[str, Any]):
    assert faults(terms(kind, **claims)) != {}


def test_only_a_cluster_reviews_tokens_of_kubernetes():
    wanted = terms(TrustKind.GITHUB)
    assert "cluster" in faults(TrustTerms(**{**vars(wanted), "cluster_reviews": True}))


@pytest.mark.parametrize(
    ("kind", "claims", "said"),
    [
        (TrustKind.GITHUB, {"ref": None, "environment": ("production",)}, "protection rules"),
        (TrustKind.GITHUB, {"ref": ("refs/heads/*",)}, "begins with refs/heads/"),
        (TrustKind.GITHUB, {"event_name": ("pull_request",)}, "not reviewed"),
        (TrustKind.GITLAB, {"ref_protected": ("true", "false")}, "Unprotected"),
        (TrustKind.GITLAB, {"ref_protected": None, "ref_path": ("refs/heads/main",)}, "ref_protected"),
        (TrustKind.BUILDKITE, {}, "forks"),
        (TrustKind.CIRCLECI, {}, "vcs-origin"),
        (TrustKind.KUBERNETES, {}, "deleted pods"),
    ],
)
def test_what_is_allowed_but_worth_knowing_is_said(kind: TrustKind, claims: dict[str, Any], said: str):
    assert any(said in caution for caution in cautions(terms(kind, **claims)))


def test_a_trust_of_one_protected_branch_needs_no_caution():
    assert cautions(terms(TrustKind.GITHUB)) == ()
    assert cautions(terms(TrustKind.GITLAB)) == ()
