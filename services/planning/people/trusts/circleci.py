"""CircleCI: https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/

* Each organization has its issuer, `https://oidc.circleci.com/org/UUID`, which the claim `org-id` repeats.
* In a job that was started again with SSH a person can type commands: never trusted, as PyPI does
  (https://github.com/pypi/warehouse/blob/main/warehouse/oidc/models/circleci.py).
* `vcs-ref` is missing in pipelines that a custom webhook triggers.
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import plain, shown
from services.planning.people.trusts.values import (
    GIT_REF,
    GIT_REF_WORDS,
    UUID,
    UUID_WORDS,
    Claim,
    Claims,
    Once,
    OneOf,
    Row,
    TrustProvider,
)

_OWN = "oidc.circleci.com/"
_ISSUER = "https://oidc.circleci.com/org/"


def _rules(claims: Claims, terms: TrustTerms) -> tuple[Row, ...]:
    again = claims.get(f"{_OWN}ssh-rerun")
    detail = None
    if again is not False:
        detail = "In a job that was started again with SSH a person can type commands. Such jobs are never trusted."
    rows = [
        Row(claim=f"{_OWN}ssh-rerun", required="false", found=shown(again), fits=again is False, detail=detail),
    ]
    organization = terms.issuer.removeprefix(_ISSUER)
    found = plain(claims.get(f"{_OWN}org-id"))
    if found is not None:
        rows.append(Row(claim=f"{_OWN}org-id", required=organization, found=shown(found), fits=found == organization))
    return tuple(rows)


def _cautions(terms: TrustTerms) -> tuple[str, ...]:
    if f"{_OWN}vcs-ref" in terms.claims and f"{_OWN}vcs-origin" not in terms.claims:
        return ("If the project builds forks, name vcs-origin as well: a fork has branches of the same names.",)
    return ()


CIRCLECI = TrustProvider(
    kind=TrustKind.CIRCLECI,
    title="CircleCI",
    issuer_form=re.compile(rf"https://oidc\.circleci\.com/org/{UUID.pattern}"),
    issuer_words="https://oidc.circleci.com/org/ and the organization's UUID",
    claims=(
        Claim(name=f"{_OWN}project-id", form=UUID, words=UUID_WORDS),
        Claim(name=f"{_OWN}vcs-ref", form=GIT_REF, words=GIT_REF_WORDS, ref=True),
        Claim(name=f"{_OWN}vcs-origin", form=re.compile(r"[^\s*]+"), words="as github.com/OWNER/REPO"),
        Claim(name=f"{_OWN}context-ids", form=UUID, words=UUID_WORDS, listed=True),
        Claim(name=f"{_OWN}pipeline-definition-id", form=UUID, words=UUID_WORDS),
    ),
    required=(
        OneOf(names=(f"{_OWN}project-id",), why="the project whose jobs are trusted"),
        OneOf(
            names=(f"{_OWN}vcs-ref", f"{_OWN}context-ids"),
            why="which of the project's jobs are trusted: by branch or tag, or by a restricted context that they use",
        ),
    ),
    once=Once.IF_IDENTIFIED,
    useless=MappingProxyType(
        {
            "sub": "It names the person who caused the job. Name oidc.circleci.com/project-id and vcs-ref instead.",
            f"{_OWN}org-id": "The issuer names the organization already.",
            f"{_OWN}ssh-rerun": "It always has to be false.",
        }
    ),
    rules=_rules,
    cautions=_cautions,
)
