"""Kubernetes service accounts: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/

* A projected token has its audience in a list of one.
* A registered cluster is asked about the token (TokenReview with `audiences`): it knows pods and accounts that were
  deleted. Otherwise the signature is checked with the keys of the issuer, where those can be read from outside.
* The kubelet hands a pod the same token for an hour, so a token is taken more than once.
* Tokens of Secrets (the issuer `kubernetes/serviceaccount`) neither expire nor have an audience: refused.
* API servers sign with RSA or ECDSA keys.
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import claim_value, shown
from services.planning.people.trusts.values import (
    HOST,
    UUID,
    UUID_WORDS,
    Claim,
    Claims,
    Once,
    OneOf,
    Row,
    TrustProvider,
)

_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def _rules(claims: Claims, _: TrustTerms) -> tuple[Row, ...]:
    """What the claims say of the account twice has to agree."""
    namespace = claim_value(claims, "kubernetes.io/namespace")
    account = claim_value(claims, "kubernetes.io/serviceaccount/name")
    found = claims.get("sub")
    if namespace is None and account is None:
        return ()
    required = f"system:serviceaccount:{namespace}:{account}"
    return (Row(claim="sub", required=required, found=shown(found), fits=found == required),)


def _cautions(terms: TrustTerms) -> tuple[str, ...]:
    cautions = ["Whoever may create pods or tokens in the namespace can act by this trust."]
    if not terms.cluster_reviews:
        cautions.append("Tokens of deleted pods and accounts stay valid until they expire: the cluster is not asked.")
    return tuple(cautions)


KUBERNETES = TrustProvider(
    kind=TrustKind.KUBERNETES,
    title="Kubernetes",
    issuer="https://kubernetes.default.svc.cluster.local",
    # Issuers of API servers are URLs by choice; a cluster that is asked may have any.
    issuer_form=re.compile(rf"https://{HOST}(/[A-Za-z0-9._~/-]*)?"),
    issuer_words="the value of --service-account-issuer of the API server, a URL with https",
    claims=(
        Claim(name="sub", form=_ACCOUNT, words="system:serviceaccount:NAMESPACE:NAME"),
        Claim(name="kubernetes.io/serviceaccount/uid", form=UUID, words=UUID_WORDS),
        Claim(name="kubernetes.io/pod/name"),
        Claim(name="kubernetes.io/node/name"),
    ),
    required=(OneOf(names=("sub",), why="the service account that is trusted"),),
    once=Once.NEVER,
    algorithms=("RS256", "ES256", "ES384", "ES512"),
    useless=MappingProxyType(
        {
            "kubernetes.io/namespace": "Name sub, which holds the namespace and the account.",
            "kubernetes.io/serviceaccount/name": "Name sub, which holds the namespace and the account.",
        }
    ),
    rules=_rules,
    cautions=_cautions,
)
