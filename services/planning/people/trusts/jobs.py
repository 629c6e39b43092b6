"""What history calls a CI job: where it ran and which run it was, by the claims of its token. Decoration only. Pure."""

import unicodedata
from collections.abc import Callable, Mapping

from domain.trusts import TrustKind
from services.planning.people.trusts.matching import claim_value, plain
from services.planning.people.trusts.values import Claims

_LONGEST = 120


def job_name(kind: TrustKind, claims: Claims) -> str:
    """As `octo-org/octo-repo run 18337179416`; empty where the token tells nothing of it."""

    def said(name: str) -> str:
        return plain(claim_value(claims, name)) or ""

    text = " ".join(_FORMS[kind](said).split())
    seen = "".join(each for each in text if unicodedata.category(each)[0] != "C")
    return seen[:_LONGEST]


_Said = Callable[[str], str]
_FORMS: Mapping[TrustKind, Callable[[_Said], str]] = {
    TrustKind.GITHUB: lambda said: f"{said('repository')} run {said('run_id')}",
    TrustKind.GITLAB: lambda said: f"{said('project_path')} job {said('job_id')}",
    TrustKind.BUILDKITE: lambda said: (
        f"{said('organization_slug')}/{said('pipeline_slug')} build {said('build_number')}"
    ),
    TrustKind.CIRCLECI: lambda said: f"{said('oidc.circleci.com/vcs-origin')} job {said('oidc.circleci.com/job-id')}",
    TrustKind.KUBERNETES: lambda said: (
        f"{said('kubernetes.io/namespace')} pod {said('kubernetes.io/pod/name')}"
        if said("kubernetes.io/pod/name")
        else said("sub")
    ),
    TrustKind.GOOGLE: lambda said: said("email") or said("sub"),
    TrustKind.AZURE: lambda said: said("oid"),
}
