"""What the modules of the providers are made of: claims, groups of which one is required, and rows of a judgement."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.trusts import TrustKind, TrustTerms

Claims = Mapping[str, Any]
"""The claims of a token as its JSON has them."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One check of one token: which claim, what was required, what the token says, and whether that fits.

    `found` is None where the token lacks the claim. `detail` says more where something is to be done.
    """

    claim: str
    required: str
    found: str | None
    fits: bool
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim that a trust may name.

    `form` is what each value has to look like, in `words` for people. `ref`: values may end in `*`. `listed`: the token
    has a list, of which one member has to be among the values.
    """

    name: str
    form: re.Pattern[str] | None = None
    words: str = ""
    ref: bool = False
    listed: bool = False


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """A trust has to name at least one of these claims; `why` ends the sentence that says so."""

    names: tuple[str, ...]
    why: str


class Once(StrEnum):
    """Whether a token is taken only once, by its `jti`."""

    ALWAYS = "always"  # the provider always sends `jti`, and a new token for each request
    IF_IDENTIFIED = "if-identified"  # where the token has a `jti`
    NEVER = "never"  # the provider hands the same token out again and again


def _nothing(_: TrustTerms) -> tuple[str, ...]:
    return ()


def _no_rows(_: Claims, __: TrustTerms) -> tuple[Row, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class TrustProvider:
    """What is known of one kind of issuer.

    `issuer_form` is what its issuers look like, in `issuer_words` for people; `issuer` is the one that most use.
    `useless` says of claims why a trust may not rest on them. `rules` are checks of every token, `faults` of the terms
    beyond their form, `cautions` what an administrator should know about terms that are allowed.
    """

    kind: TrustKind
    title: str
    issuer_form: re.Pattern[str]
    issuer_words: str
    claims: tuple[Claim, ...]
    required: tuple[OneOf, ...]
    once: Once
    issuer: str | None = None
    algorithms: tuple[str, ...] = ("RS256",)
    useless: Mapping[str, str]
    rules: Callable[[Claims, TrustTerms], tuple[Row, ...]] = _no_rows
    faults: Callable[[TrustTerms], tuple[str, ...]] = _nothing
    cautions: Callable[[TrustTerms], tuple[str, ...]] = _nothing

    def claim(self, name: str) -> Claim | None:
        return next((each for each in self.claims if each.name == name), None)


DIGITS = re.compile(r"[0-9]{1,30}")
DIGITS_WORDS = "digits"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UUID_WORDS = "a UUID in small letters"
TRUTH = re.compile(r"true|false")
TRUTH_WORDS = "true or false"
# A branch or a tag, all of it; never all of `refs/`, where pull requests of strangers have their refs as well.
GIT_REF = re.compile(r"refs/(heads|tags|pull)/\S+")
GIT_REF_WORDS = "refs/heads/BRANCH or refs/tags/TAG, which may end in *"
HOST = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?"
