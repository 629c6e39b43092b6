"""GitLab CI/CD: https://docs.gitlab.com/ci/secrets/id_token_authentication/

* `project_*` is where the code comes from, `job_project_*` where the job runs. They differ in a merge request from a
  fork. Before 18.2.2 such jobs bore the claims of the parent project
  (https://gitlab.com/gitlab-org/gitlab/-/issues/548165); `job_project_*` exists since 18.4 and late patches of 18.3
  (https://gitlab.com/gitlab-org/gitlab/-/issues/563038). So both are required, and have to be equal.
* `ref` is a branch or a tag, without saying which; `ref_path` says it.
* Whoever may push can write any `environment` into `.gitlab-ci.yml`, unless the environment is protected.
* Truth values are texts: `"true"`.
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import plain, shown
from services.planning.people.trusts.values import (
    DIGITS,
    DIGITS_WORDS,
    GIT_REF,
    GIT_REF_WORDS,
    HOST,
    TRUTH,
    TRUTH_WORDS,
    Claim,
    Claims,
    Once,
    OneOf,
    Row,
    TrustProvider,
)


def _rules(claims: Claims, _: TrustTerms) -> tuple[Row, ...]:
    source, job = plain(claims.get("project_id")), plain(claims.get("job_project_id"))
    detail = None
    if job is None:
        detail = (
            "Since 18.4 GitLab says in which project a job runs. Update it: before, jobs of forks may look like others."
        )
    elif source != job:
        detail = "The job runs what a merge request from a fork proposes."
    required = "the same as project_id"
    fits = job is not None and source == job
    found = shown(claims.get("job_project_id"))
    return (Row(claim="job_project_id", required=required, found=found, fits=fits, detail=detail),)


def _faults(terms: TrustTerms) -> tuple[str, ...]:
    if "environment" in terms.claims and not {"ref_path", "ref_protected", "environment_protected"} & set(terms.claims):
        return ("Whoever may push can use any environment. Add environment_protected, ref_protected or ref_path.",)
    return ()


def _cautions(terms: TrustTerms) -> tuple[str, ...]:
    unprotected = any("false" in terms.claims.get(name, ()) for name in ("ref_protected", "environment_protected"))
    if unprotected:
        return ("Unprotected branches are trusted: whoever may push to the project can act by this trust.",)
    if "ref_protected" not in terms.claims and "environment_protected" not in terms.claims:
        return ("Nothing says that the branch or tag is protected. Add ref_protected, or protect it in GitLab.",)
    return ()


_NAMES = "Paths can be taken by somebody else after a renaming; name the id."

GITLAB = TrustProvider(
    kind=TrustKind.GITLAB,
    title="GitLab CI/CD",
    issuer="https://gitlab.com",
    issuer_form=re.compile(rf"https://{HOST}(/[A-Za-z0-9._~/-]*)?"),
    issuer_words="the address of the GitLab instance, as https://gitlab.com",
    claims=(
        Claim(name="project_id", form=DIGITS, words=DIGITS_WORDS),
        Claim(name="namespace_id", form=DIGITS, words=DIGITS_WORDS),
        Claim(name="ref_path", form=GIT_REF, words=GIT_REF_WORDS, ref=True),
        Claim(name="ref_type", form=re.compile("branch|tag"), words="branch or tag"),
        Claim(name="ref_protected", form=TRUTH, words=TRUTH_WORDS),
        Claim(name="environment"),
        Claim(name="environment_protected", form=TRUTH, words=TRUTH_WORDS),
        Claim(name="deployment_tier"),
        Claim(name="pipeline_source"),
        Claim(name="ci_config_ref_uri"),
        Claim(name="runner_environment"),
        Claim(name="runner_id", form=DIGITS, words=DIGITS_WORDS),
        Claim(name="user_id", form=DIGITS, words=DIGITS_WORDS),
    ),
    required=(
        OneOf(names=("project_id",), why="the project whose jobs are trusted, by its number"),
        OneOf(names=("ref_path", "ref_protected", "environment"), why="which of the project's jobs are trusted"),
    ),
    once=Once.ALWAYS,
    useless=MappingProxyType(
        {
            "sub": "Its form can be customised by project. Name project_id and ref_path or ref_protected instead.",
            "project_path": _NAMES,
            "namespace_path": _NAMES,
            "user_login": _NAMES,
            "user_email": "People can change their e-mail address.",
            "ref": "It does not say whether it is a branch or a tag. Name ref_path.",
            "job_project_id": "It always has to equal project_id; name that.",
        }
    ),
    rules=_rules,
    faults=_faults,
    cautions=_cautions,
)
