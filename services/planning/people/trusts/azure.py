"""Azure managed identities and applications: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference

* The issuer names the tenant, and differs between versions of tokens: `…microsoftonline.com/TENANT/v2.0`, or
  `https://sts.windows.net/TENANT/` of version 1, which managed identities mostly get. `common` is no issuer.
* `oid` is the identity's object in its tenant; it is never given again.
* Azure issues tokens only for audiences that are registered as an application, so the audience is that one.
* A token with `scp` acts for a person.
* The metadata service hands the same token out for a day, and it has no `jti`.
"""

import re
from types import MappingProxyType

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import shown
from services.planning.people.trusts.values import UUID, UUID_WORDS, Claim, Claims, Once, OneOf, Row, TrustProvider


def _rules(claims: Claims, _: TrustTerms) -> tuple[Row, ...]:
    rows = []
    if "scp" in claims:
        detail = "The token acts for a person. Ask for one of the identity itself."
        found = shown(claims["scp"])
        rows.append(Row(claim="scp", required="no such claim", found=found, fits=False, detail=detail))
    kind = claims.get("idtyp")
    if kind is not None:
        rows.append(Row(claim="idtyp", required="app", found=shown(kind), fits=kind == "app"))
    return tuple(rows)


def _faults(terms: TrustTerms) -> tuple[str, ...]:
    tenants = terms.claims.get("tid", ())
    if any(tenant not in terms.issuer for tenant in tenants):
        return ("The issuer is of another tenant than tid names.",)
    return ()


AZURE = TrustProvider(
    kind=TrustKind.AZURE,
    title="Azure",
    issuer_form=re.compile(
        rf"https://login\.microsoftonline\.(com|us)/{UUID.pattern}/v2\.0"
        rf"|https://login\.partner\.microsoftonline\.cn/{UUID.pattern}/v2\.0"
        rf"|https://sts\.(windows\.net|chinacloudapi\.cn)/{UUID.pattern}/"
    ),
    issuer_words="https://login.microsoftonline.com/TENANT/v2.0, or https://sts.windows.net/TENANT/ for version 1",
    claims=(
        Claim(name="tid", form=UUID, words=UUID_WORDS),
        Claim(name="oid", form=UUID, words=UUID_WORDS),
        Claim(name="azp", form=UUID, words=UUID_WORDS),
        Claim(name="appid", form=UUID, words=UUID_WORDS),
        Claim(name="xms_mirid", form=re.compile(r"/subscriptions/[^\s*]+"), words="the identity's resource id"),
    ),
    required=(
        OneOf(names=("tid",), why="the tenant"),
        OneOf(names=("oid",), why="the object id of the identity that is trusted"),
    ),
    once=Once.NEVER,
    useless=MappingProxyType({"sub": "It differs by application. Name oid, the identity's object id."}),
    rules=_rules,
    faults=_faults,
)
