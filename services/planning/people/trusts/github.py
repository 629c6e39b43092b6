"""GitHub Actions: https://docs.github.com/en/actions/reference/security/oidc

* `sub` is never used. Its form can be customised, repositories that were created, renamed or moved since 2026-07-15
  send another one (`repo:OWNER@ID/REPO@ID:…`), and with an environment it shows neither the ref nor a pull request.
  PyPI ignores it too (https://github.com/pypi/warehouse/issues/19422).
* Names of owners and repositories can be taken by somebody else after a renaming or a deletion; ids cannot.
* `pull_request_target` runs with the rights of the repository on what a stranger proposes
  (https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/).
* `job_workflow_ref` names the *called* workflow. Unless the trust names it whole, it has to be of the commit that runs:
  its `@ref` equals `ref` or `sha` (https://github.com/pypi/warehouse/blob/main/warehouse/oidc/models/github.py).
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import either, shown
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

_WORKFLOW = re.compile(r"[^/\s*]+/[^/\s*]+/\.github/workflows/[^/@\s*]+\.ya?ml(@\S+)?")
_DANGEROUS_EVENT = "pull_request_target"
_NAMED_EVENTS = ("pull_request", "merge_group")  # what runs is not yet on a branch of the repository


def _rules(claims: Claims, terms: TrustTerms) -> tuple[Row, ...]:
    rows = [_event(claims, terms), _workflow(claims, terms)]
    return tuple(row for row in rows if row is not None)


def _event(claims: Claims, terms: TrustTerms) -> Row:
    event = claims.get("event_name")
    named = terms.claims.get("event_name", ())
    if event == _DANGEROUS_EVENT:
        detail = "Its workflows run what strangers propose with the rights of the repository. They are never trusted."
        return Row(claim="event_name", required=f"not {_DANGEROUS_EVENT}", found=event, fits=False, detail=detail)
    if event in _NAMED_EVENTS and event not in named:
        detail = f"If its jobs are to be trusted, name {event} in event_name."
        return Row(claim="event_name", required=f"not {event}", found=event, fits=False, detail=detail)
    fits = isinstance(event, str) and bool(event)
    return Row(claim="event_name", required="an event that is trusted", found=shown(event), fits=fits)


def _workflow(claims: Claims, terms: TrustTerms) -> Row | None:
    called = claims.get("job_workflow_ref")
    named = terms.claims.get("job_workflow_ref", ())
    if called is None and not named:
        return None
    refs = [ref for ref in (claims.get("ref"), claims.get("sha")) if isinstance(ref, str) and ref]
    path, _, ref = called.partition("@") if isinstance(called, str) else ("", "", "")
    of_commit = ref in refs
    fits = any(wanted == called if "@" in wanted else wanted == path and of_commit for wanted in named)
    if not named:
        fits = of_commit
    detail = None
    if not fits and not of_commit:
        detail = (
            "The called workflow is of another commit than the one that runs. If it is to be trusted, name it whole, "
            "with its @ref."
        )
    required = either(named) if named else "a workflow of the commit that runs (ref or sha)"
    return Row(claim="job_workflow_ref", required=required, found=shown(called), fits=fits, detail=detail)


def _faults(terms: TrustTerms) -> tuple[str, ...]:
    if _DANGEROUS_EVENT in terms.claims.get("event_name", ()):
        return (f"{_DANGEROUS_EVENT} is never trusted: its workflows run what strangers propose.",)
    refs = terms.claims.get("ref", ())
    if any(ref.startswith("refs/pull/") for ref in refs) and "pull_request" not in terms.claims.get("event_name", ()):
        return ("A ref of pull requests fits only where event_name names pull_request.",)
    return ()


def _cautions(terms: TrustTerms) -> tuple[str, ...]:
    cautions = []
    if "environment" in terms.claims and "ref" not in terms.claims:
        cautions.append(
            "Whoever may push to the repository can use its environment from any branch, unless the environment's "
            "protection rules name branches or reviewers."
        )
    if "pull_request" in terms.claims.get("event_name", ()):
        cautions.append("Jobs of pull requests are trusted: they run what was not reviewed yet.")
    return tuple(cautions)


_NAMES = "Names can be taken by somebody else after a renaming; name the id."

GITHUB = TrustProvider(
    kind=TrustKind.GITHUB,
    title="GitHub Actions",
    issuer="https://token.actions.githubusercontent.com",
    issuer_form=re.compile(
        rf"https://token\.actions\.githubusercontent\.com(/[A-Za-z0-9-]+)?"
        rf"|https://token\.actions\.[a-z0-9-]+\.ghe\.com(/[A-Za-z0-9-]+)?"
        rf"|https://{HOST}/_services/token"
    ),
    issuer_words="https://token.actions.githubusercontent.com, or https://HOST/_services/token of an Enterprise Server",
    claims=(
        Claim(name="repository_id", form=DIGITS, words=DIGITS_WORDS),
        Claim(name="repository_owner_id", form=DIGITS, words=DIGITS_WORDS),
        Claim(name="environment"),
        Claim(name="ref", form=GIT_REF, words=GIT_REF_WORDS, ref=True),
        Claim(name="event_name", form=re.compile(r"[a-z_]{1,64}"), words="the name of an event, as push"),
        Claim(name="ref_type", form=re.compile("branch|tag"), words="branch or tag"),
        Claim(name="ref_protected", form=TRUTH, words=TRUTH_WORDS),
        Claim(
            name="job_workflow_ref",
            form=_WORKFLOW,
            words="OWNER/REPO/.github/workflows/FILE.yml, perhaps with @ and its ref",
        ),
        Claim(
            name="runner_environment",
            form=re.compile("github-hosted|self-hosted"),
            words="github-hosted or self-hosted",
        ),
        Claim(name="repository_visibility"),
        Claim(name="enterprise_id", form=DIGITS, words=DIGITS_WORDS),
        Claim(name="actor_id", form=DIGITS, words=DIGITS_WORDS),
    ),
    required=(
        OneOf(names=("repository_id",), why="the repository whose jobs are trusted, by its number"),
        OneOf(names=("repository_owner_id",), why="the owner of the repository, by its number"),
        OneOf(names=("environment", "ref"), why="which of the repository's jobs are trusted"),
    ),
    once=Once.ALWAYS,
    useless=MappingProxyType(
        {
            "sub": "Its form differs between repositories and can be customised. Name repository_id and ref or "
            "environment instead.",
            "repository": _NAMES,
            "repository_owner": _NAMES,
            "actor": _NAMES,
            "workflow": "Everybody can give a workflow any name. Name job_workflow_ref.",
            "workflow_ref": "Name job_workflow_ref: the file that has the job.",
        }
    ),
    rules=_rules,
    faults=_faults,
    cautions=_cautions,
)
