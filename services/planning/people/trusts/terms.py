"""What is wrong with the terms of a trust, before any token is seen. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.trusts import TrustKind, TrustTerms
from services.planning.people.trusts.matching import either
from services.planning.people.trusts.providers import PROVIDERS
from services.planning.people.trusts.values import Claim, TrustProvider

MOST_VALUES = 50
LONGEST_VALUE = 500
_PLAIN = re.compile(r"[\x21-\x7e\u00a1-\U0010ffff]+( [\x21-\x7e\u00a1-\U0010ffff]+)*")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)(?=[:/]|$)")


@dataclass(frozen=True)
class TermsFault:
    """What is wrong in a member of the terms: `issuer`, `audience`, `claims` or `claims.NAME`."""

    field: str
    detail: str


def terms_faults(terms: TrustTerms, *, http_to_loopback: bool = False) -> tuple[TermsFault, ...]:
    """Everything that is wrong; none: the trust may be stored.

    `http_to_loopback`: issuers on this machine may speak plain HTTP, for trying things out.
    """
    provider = PROVIDERS[terms.kind]
    return (
        *_issuer_faults(terms, provider, http_to_loopback=http_to_loopback),
        *_audience_faults(terms),
        *(fault for name in terms.claims for fault in _claim_faults(name, terms.claims[name], provider)),
        *_missing(terms, provider),
        *(TermsFault("claims", detail) for detail in provider.faults(terms)),
    )


def cautions(terms: TrustTerms) -> tuple[str, ...]:
    """What an administrator should know of terms that are allowed."""
    every = tuple(
        f"{name} has any value that begins with {value[:-1]}."
        for name, values in terms.claims.items()
        for value in values
        if value.endswith("*")
    )
    return (*every, *PROVIDERS[terms.kind].cautions(terms))


def _issuer_faults(terms: TrustTerms, provider: TrustProvider, *, http_to_loopback: bool) -> Iterator[TermsFault]:
    issuer = _LOOPBACK.sub(r"https://\1", terms.issuer) if http_to_loopback else terms.issuer
    if not provider.issuer_form.fullmatch(issuer):
        yield TermsFault("issuer", f"The issuer of {provider.title} is {provider.issuer_words}.")
    if terms.cluster_reviews and terms.kind is not TrustKind.KUBERNETES:
        yield TermsFault("cluster", "Only tokens of Kubernetes are reviewed by a cluster.")


def _audience_faults(terms: TrustTerms) -> Iterator[TermsFault]:
    if not terms.audience or len(terms.audience) > LONGEST_VALUE or not re.fullmatch(r"[\x21-\x7e]+", terms.audience):
        yield TermsFault(
            "audience",
            "Name the audience that the tokens have to be for: mostly the address of this service (public_url).",
        )


def _claim_faults(name: str, values: tuple[str, ...], provider: TrustProvider) -> Iterator[TermsFault]:
    field = f"claims.{name}"
    claim = provider.claim(name)
    if name in provider.useless:
        yield TermsFault(field, f"A trust may not rest on it. {provider.useless[name]}")
    elif claim is None:
        known = ", ".join(each.name for each in provider.claims)
        yield TermsFault(field, f"Tokens of {provider.title} are not compared by it. Name some of {known}.")
    elif not values:
        yield TermsFault(field, "Name at least one value, or leave the claim out.")
    elif len(values) > MOST_VALUES:
        yield TermsFault(field, f"Name at most {MOST_VALUES} values.")
    else:
        yield from (TermsFault(field, fault) for value in values if (fault := _value_fault(value, claim)))


def _value_fault(value: str, claim: Claim) -> str | None:
    if len(value) > LONGEST_VALUE or not _PLAIN.fullmatch(value):
        return f"A value has 1 to {LONGEST_VALUE} characters, without line breaks and without spaces at its ends."
    if "*" in (value[:-1] if claim.ref else value):
        where = "at the end of a value only" if claim.ref else "for refs only, not here"
        return f"'*' stands {where}; all else is compared exactly."
    if claim.form is not None and not claim.form.fullmatch(value):
        return f"A value is {claim.words}."
    return None


def _missing(terms: TrustTerms, provider: TrustProvider) -> Iterator[TermsFault]:
    for group in provider.required:
        if not any(terms.claims.get(name) for name in group.names):
            yield TermsFault("claims", f"Name {either(group.names)}: {group.why}.")
