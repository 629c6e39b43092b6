"""Whether a token fits a trust, in the claim forms of each provider."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.judging import Judgement, judge, most_specific
from services.planning.people.trusts.terms import terms_faults
from tests.support.ci_tokens import AUDIENCE, CLAIMS, ORGANIZATION, claims_of, terms

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())

GITHUB, GITLAB, BUILDKITE, CIRCLECI = TrustKind.GITHUB, TrustKind.GITLAB, TrustKind.BUILDKITE, TrustKind.CIRCLECI
KUBERNETES, GOOGLE, AZURE = TrustKind.KUBERNETES, TrustKind.GOOGLE, TrustKind.AZURE


def judged(wanted: TrustTerms, **given: Any) -> Judgement:
    assert terms_faults(wanted) == ()
    return judge(wanted, claims_of(wanted.kind, now=SECONDS, **given), now=NOW)


def refusals(judgement: Judgement) -> set[str]:
    return {row.claim for row in judgement.rows if not row.fits}


@pytest.mark.parametrize("kind", TrustKind)
def test_a_token_in_the_form_of_its_provider_fits(kind: TrustKind):
    assert refusals(judged(terms(kind))) == set()


@pytest.mark.parametrize("kind", TrustKind)
def test_each_claim_that_the_trust_names_has_to_fit(kind: TrustKind):
    wanted = terms(kind)
    for name in wanted.claims:
        assert name in refusals(judged(wanted, **{name: "something-else"})), name
        assert name in refusals(judged(wanted, without=[name])), name


@pytest.mark.parametrize("kind", TrustKind)
def test_the_standard_claims_are_checked_whatever_the_provider(kind: TrustKind):
    wanted = terms(kind)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("iss", {"iss": wanted.issuer + "x"}),
        ("iss", {"iss": [wanted.issuer]}),
        ("iss", {"without": ["iss"]}),
        ("aud", {"aud": "https://github.com/octo-org"}),
        ("aud", {"aud": [wanted.audience, "another"]}),
        ("aud", {"aud": []}),
        ("aud", {"aud": [[wanted.audience]]}),
        ("aud", {"without": ["aud"]}),
        ("exp", {"exp": SECONDS - 60}),
        ("exp", {"exp": True}),
        ("exp", {"exp": "2033-01-01"}),
        ("exp", {"without": ["exp"]}),
        ("iat", {"iat": SECONDS + 61}),
        ("iat", {"without": ["iat"]}),
        ("nbf", {"nbf": SECONDS + 61}),
        ("nbf", {"nbf": "now"}),
    ]
    for claim, changes in cases:
        assert claim in refusals(judged(wanted, **changes)), (claim, changes)


@pytest.mark.parametrize("kind", TrustKind)
def test_clocks_may_differ_by_a_minute(kind: TrustKind):
    assert judged(terms(kind), exp=SECONDS - 59, iat=SECONDS + 60, nbf=SECONDS + 60).fits


def test_a_list_of_one_audience_counts_as_that_one():
    assert judged(terms(GITHUB), aud=[AUDIENCE]).fits


def test_a_token_is_taken_once_where_the_provider_makes_a_new_one_each_time():
    assert judged(terms(GITHUB)).jti == CLAIMS[GITHUB]["jti"]
    assert "jti" in refusals(judged(terms(GITLAB), without=["jti"]))
    assert "jti" in refusals(judged(terms(GITHUB), jti=""))
    assert judged(terms(BUILDKITE)).jti == CLAIMS[BUILDKITE]["jti"]
    assert judged(terms(BUILDKITE), without=["jti"]).fits
    assert "jti" in refusals(judged(terms(BUILDKITE), jti=7))


def test_a_token_that_is_handed_out_again_and_again_is_taken_again():
    assert judged(terms(KUBERNETES)).jti is None


@pytest.mark.parametrize(
    "subject",
    [
        "repo:octo-org@65/octo-repo@74:ref:refs/heads/main",
        "repo:octo-org/octo-repo:environment:Production%3AV1",
        "repository_owner_id:65",
        "",
    ],
)
def test_the_form_of_githubs_subject_does_not_matter(subject: str):
    assert judged(terms(GITHUB), sub=subject).fits


def test_a_renamed_repository_keeps_its_trust_and_another_of_its_former_name_has_none():
    assert judged(
        terms(GITHUB), repository="octo-org/renamed", job_workflow_ref="a/b/.github/workflows/c.yml@refs/heads/main"
    ).fits
    assert refusals(judged(terms(GITHUB), repository_id="75")) == {"repository_id"}
    assert refusals(judged(terms(GITHUB), repository_owner_id="66")) == {"repository_owner_id"}


def test_pull_request_target_is_never_trusted():
    wanted = terms(GITHUB, event_name=("push", "pull_request"))
    assert "event_name" in refusals(judged(wanted, event_name="pull_request_target"))
    named = TrustTerms(**{**vars(wanted), "claims": {**wanted.claims, "event_name": ("pull_request_target",)}})
    assert not judge(named, claims_of(GITHUB, now=SECONDS, event_name="pull_request_target"), now=NOW).fits


def test_a_pull_request_is_trusted_only_where_it_is_named():
    ref = "refs/pull/2/merge"
    changes = {
        "event_name": "pull_request",
        "ref": ref,
        "job_workflow_ref": f"octo-org/octo-repo/.github/workflows/deploy.yml@{ref}",
    }
    of_environment = terms(GITHUB, ref=None, environment=("production",))
    assert refusals(judged(of_environment, **changes)) == {"event_name"}
    assert judged(terms(GITHUB, ref=None, environment=("production",), event_name=("pull_request",)), **changes).fits
    assert "ref" in refusals(judged(terms(GITHUB, event_name=("pull_request",)), **changes))


def test_a_called_workflow_of_another_commit_is_trusted_only_where_it_is_named_whole():
    shared = "octo-org/shared/.github/workflows/deploy.yml"
    called = {"job_workflow_ref": f"{shared}@refs/tags/v3"}
    assert refusals(judged(terms(GITHUB), **called)) == {"job_workflow_ref"}
    assert refusals(judged(terms(GITHUB, job_workflow_ref=(shared,)), **called)) == {"job_workflow_ref"}
    assert judged(terms(GITHUB, job_workflow_ref=(f"{shared}@refs/tags/v3",)), **called).fits
    assert not judged(terms(GITHUB, job_workflow_ref=(f"{shared}@refs/tags/v4",)), **called).fits


def test_a_workflow_is_named_without_its_ref_and_has_to_be_of_the_commit_that_runs():
    own = "octo-org/octo-repo/.github/workflows/deploy.yml"
    wanted = terms(GITHUB, job_workflow_ref=(own,))
    assert judged(wanted).fits
    assert judged(wanted, job_workflow_ref=f"{own}@{CLAIMS[GITHUB]['sha']}").fits
    assert not judged(wanted, job_workflow_ref=f"{own}@refs/heads/other").fits
    assert not judged(wanted, job_workflow_ref=f"{own}@").fits
    assert not judged(wanted, job_workflow_ref="octo-org/octo-repo/.github/workflows/test.yml@refs/heads/main").fits
    assert not judged(wanted, without=["job_workflow_ref"]).fits


def test_a_star_at_the_end_of_a_ref_stands_for_the_rest_of_it():
    wanted = terms(GITHUB, ref=("refs/heads/release/*",))
    called = "octo-org/octo-repo/.github/workflows/deploy.yml@"
    for ref, fits in {
        "refs/heads/release/1": True,
        "refs/heads/release/1/2": True,
        "refs/heads/release/": False,
        "refs/heads/release": False,
        "refs/tags/release/1": False,
        "x/refs/heads/release/1": False,
    }.items():
        assert judged(wanted, ref=ref, job_workflow_ref=called + ref).fits is fits, ref


def test_a_merge_request_from_a_fork_is_refused_by_gitlab():
    wanted = terms(GITLAB, ref_protected=None, ref_path=("refs/heads/main",))
    # From 18.2.2 on the claims of the project are those of the fork, before those of the parent.
    assert refusals(judged(wanted, project_id="1002")) == {"project_id", "job_project_id"}
    assert refusals(judged(wanted, job_project_id="1002")) == {"job_project_id"}
    assert refusals(judged(wanted, without=["job_project_id"])) == {"job_project_id"}


def test_gitlab_writes_truth_values_as_texts():
    assert judged(terms(GITLAB), ref_protected=True).fits
    assert refusals(judged(terms(GITLAB), ref_protected="false")) == {"ref_protected"}


def test_a_build_of_a_tag_is_not_taken_for_one_of_the_branch_of_that_name():
    assert refusals(judged(terms(BUILDKITE), build_tag="main")) == {"build_tag"}
    assert judged(terms(BUILDKITE), build_tag="").fits
    assert judged(terms(BUILDKITE, build_branch=None, build_tag=("v*",)), build_branch="v1", build_tag="v1").fits


def test_another_organization_of_the_same_issuer_is_refused():
    other = "0184990a-477b-4fa8-9968-000000000000"
    assert refusals(judged(terms(BUILDKITE), organization_id=other)) == {"organization_id"}
    assert refusals(judged(terms(CIRCLECI), **{"oidc.circleci.com/org-id": other})) == {"oidc.circleci.com/org-id"}
    assert ORGANIZATION in terms(CIRCLECI).issuer


@pytest.mark.parametrize("again", [True, None, "false", 0])
def test_a_job_that_was_started_again_with_ssh_is_refused(again: object):
    name = "oidc.circleci.com/ssh-rerun"
    assert refusals(judged(terms(CIRCLECI), **{name: again})) == {name}


def test_any_context_of_the_job_may_be_the_trusted_one():
    name = "oidc.circleci.com/context-ids"
    for context in CLAIMS[CIRCLECI][name]:
        assert judged(terms(CIRCLECI, **{"oidc.circleci.com/vcs-ref": None, name: (context,)})).fits
    wanted = terms(CIRCLECI, **{name: ("00000000-0000-0000-0000-000000000000",)})
    assert refusals(judged(wanted)) == {name}


@pytest.mark.parametrize("value", [["74"], ["74", "75"], {"74": True}, None, 74.0])
def test_a_list_or_an_object_is_not_a_single_value(value: object):
    assert refusals(judged(terms(GITHUB), repository_id=value)) == {"repository_id"}


def test_a_number_is_compared_by_its_digits():
    assert judged(terms(GITLAB, runner_id=("1",))).fits
    assert not judged(terms(GITLAB, runner_id=("2",))).fits


def test_what_kubernetes_says_twice_has_to_agree():
    inner = {**CLAIMS[KUBERNETES]["kubernetes.io"], "namespace": "other"}
    assert "sub" in refusals(judged(terms(KUBERNETES), **{"kubernetes.io": inner}))


def test_a_recreated_account_of_kubernetes_is_another_where_its_uid_is_named():
    name = "kubernetes.io/serviceaccount/uid"
    assert judged(terms(KUBERNETES, **{name: ("21d8cbc1-5ff1-49dc-82a5-44c842822bd6",)})).fits
    wanted = terms(KUBERNETES, **{name: ("00000000-0000-0000-0000-000000000000",)})
    assert refusals(judged(wanted)) == {name}


def test_googles_address_counts_only_if_verified():
    wanted = terms(GOOGLE, email=("deployer@project-id.iam.gserviceaccount.com",))
    assert judged(wanted).fits
    assert refusals(judged(wanted, email_verified=False)) == {"email_verified"}


def test_azures_token_for_a_person_is_refused():
    assert refusals(judged(terms(AZURE), scp="user_impersonation")) == {"scp"}
    assert refusals(judged(terms(AZURE), idtyp="user")) == {"idtyp"}
    assert judged(terms(AZURE), without=["idtyp"]).fits


def test_a_condition_that_this_release_does_not_know_is_never_met():
    wanted = terms(GITHUB)
    unknown = TrustTerms(**{**vars(wanted), "claims": {**wanted.claims, "later_claim": ("x",)}})
    assert refusals(judge(unknown, claims_of(GITHUB, now=SECONDS, later_claim="x"), now=NOW)) == {"later_claim"}


def test_of_several_trusts_the_one_that_names_most_admits_the_token():
    broad, narrow = terms(GITHUB), terms(GITHUB, environment=("production",))
    other = terms(GITHUB, ref=("refs/tags/*",), environment=("production",), ref_type=("tag",))
    judgements = [
        (name, each, judged(each)) for name, each in (("a", broad), ("b", narrow), ("c", other), ("d", narrow))
    ]
    assert most_specific(judgements) == "b"
    assert most_specific(judgements[2:3]) is None


def test_a_row_says_what_was_required_and_what_was_found():
    judgement = judged(terms(GITHUB), repository_id="75")
    (row,) = [row for row in judgement.rows if row.claim == "repository_id"]
    assert (row.required, row.found, row.fits) == ("74", "75", False)
    (missing,) = [row for row in judged(terms(GITHUB), without=["ref"]).rows if row.claim == "ref"]
    assert (missing.found, missing.detail) == (None, "The token has no such claim.")


def test_long_values_are_cut_for_people():
    (row,) = [row for row in judged(terms(GITHUB), ref="x" * 5000).rows if row.claim == "ref"]
    assert row.found is not None
    assert len(row.found) < 300
