"""Trusts: which CI jobs may exchange their own provider's token for one of Stagecoach. Values only.

`services.planning.people.trusts` says what a trust of each kind has to name, and whether a token fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TrustKind(StrEnum):
    """Who issues the tokens."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BUILDKITE = "buildkite"
    CIRCLECI = "circleci"
    KUBERNETES = "kubernetes"
    GOOGLE = "google"
    AZURE = "azure"


@dataclass(frozen=True, kw_only=True)
class TrustTerms:
    """What a token has to say: its issuer, its audience, and for each claim one of the values.

    `issuer` is compared character by character. All claims have to fit. `cluster_reviews`: the registered cluster that
    issues the tokens is asked about each, in place of a check of its signature here.
    """

    kind: TrustKind
    issuer: str
    audience: str
    claims: Mapping[str, tuple[str, ...]]
    cluster_reviews: bool = False
