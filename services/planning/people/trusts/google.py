"""Google's identity tokens of service accounts: https://cloud.google.com/docs/authentication/get-id-token

* `sub` is the account's number, which is never given again; an e-mail address can be.
* The metadata server hands the same token out for an hour, and it has no `jti`.
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import shown
from services.planning.people.trusts.values import DIGITS, Claim, Claims, Once, OneOf, Row, TrustProvider


def _rules(claims: Claims, terms: TrustTerms) -> tuple[Row, ...]:
    if "email" not in terms.claims:
        return ()
    verified = claims.get("email_verified")
    return (Row(claim="email_verified", required="true", found=shown(verified), fits=verified is True),)


GOOGLE = TrustProvider(
    kind=TrustKind.GOOGLE,
    title="Google Cloud",
    issuer="https://accounts.google.com",
    issuer_form=re.compile(r"https://accounts\.google\.com"),
    issuer_words="https://accounts.google.com",
    claims=(
        Claim(name="sub", form=DIGITS, words="the unique id of the service account, digits"),
        Claim(name="email", form=re.compile(r"[^\s@*]+@[^\s@*]+"), words="the account's address"),
    ),
    required=(OneOf(names=("sub",), why="the service account that is trusted, by its unique id"),),
    once=Once.NEVER,
    useless=MappingProxyType({"azp": "Name sub: the unique id of the service account."}),
    rules=_rules,
)
