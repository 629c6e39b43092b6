"""Buildkite: https://buildkite.com/docs/agent/cli/reference/oidc

* All organizations share one issuer, so the organization comes first. Where `organization_id` and `pipeline_id` are not
  in the token, the job asks for them: `buildkite-agent oidc request-token --claim organization_id,pipeline_id`.
* Of a build of a tag, `build_branch` is the tag: a tag that is called `main` is not the branch. `sub` tells them apart
  by `build_tag` too.
* Branches of forks look like those of the repository, unless the pipeline prefixes them
  (https://buildkite.com/docs/pipelines/source-control/github#running-builds-on-pull-requests).
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import shown
from services.planning.people.trusts.values import UUID, UUID_WORDS, Claim, Claims, Once, OneOf, Row, TrustProvider

_BRANCH = re.compile(r"[^\s*]+\*?")
_BRANCH_WORDS = "a name, which may end in * but has more than that"


def _rules(claims: Claims, terms: TrustTerms) -> tuple[Row, ...]:
    tag = claims.get("build_tag")
    if "build_tag" in terms.claims or not tag:
        return ()
    detail = "The build is of a tag, whose name is in build_branch too. If it is to be trusted, name build_tag."
    return (Row(claim="build_tag", required="no tag", found=shown(tag), fits=False, detail=detail),)


def _cautions(terms: TrustTerms) -> tuple[str, ...]:
    if "build_branch" not in terms.claims:
        return ()
    return (
        "If the pipeline builds pull requests of forks, let it prefix their branches: else a fork's branch counts too.",
        "Whoever may create builds in the pipeline can build any commit as this branch.",
    )


_SLUGS = "Slugs can be taken by somebody else after a renaming; name the id."

BUILDKITE = TrustProvider(
    kind=TrustKind.BUILDKITE,
    title="Buildkite",
    issuer="https://agent.buildkite.com",
    issuer_form=re.compile(r"https://agent\.buildkite\.com"),
    issuer_words="https://agent.buildkite.com",
    claims=(
        Claim(name="organization_id", form=UUID, words=UUID_WORDS),
        Claim(name="pipeline_id", form=UUID, words=UUID_WORDS),
        Claim(name="build_branch", form=_BRANCH, words=_BRANCH_WORDS, ref=True),
        Claim(name="build_tag", form=_BRANCH, words=_BRANCH_WORDS, ref=True),
        Claim(name="step_key"),
        Claim(name="build_source", form=re.compile("[a-z_]+"), words="webhook, schedule, ui, api or trigger_job"),
        Claim(name="runner_environment"),
        Claim(name="cluster_id", form=UUID, words=UUID_WORDS),
        Claim(name="queue_key"),
    ),
    required=(
        OneOf(names=("organization_id",), why="the organization: all organizations share one issuer"),
        OneOf(names=("pipeline_id",), why="the pipeline whose jobs are trusted"),
        OneOf(names=("build_branch", "build_tag"), why="which of the pipeline's builds are trusted"),
    ),
    once=Once.IF_IDENTIFIED,
    useless=MappingProxyType(
        {
            "sub": "It is made of slugs. Name organization_id, pipeline_id and build_branch instead.",
            "organization_slug": _SLUGS,
            "pipeline_slug": _SLUGS,
        }
    ),
    rules=_rules,
    cautions=_cautions,
)
