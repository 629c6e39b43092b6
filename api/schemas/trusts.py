"""Trusts of CI jobs, their test bench, and the exchange of tokens (RFC 8693) in the contract."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr

from api.schemas.base import ClusterName, Input, Moment, MomentInput, Output, PageRead, Text
from api.schemas.tokens import TokenName
from domain.trusts import TrustKind
from services.people.trusts import NewTrust, Signature, TokenTrial
from services.planning.people.trusts.signed_tokens import LONGEST
from services.planning.people.trusts.terms import LONGEST_VALUE, MOST_VALUES

_Value = Annotated[Text, Field(min_length=1, max_length=LONGEST_VALUE)]
_CLAIMS = Field(
    min_length=1,
    max_length=30,
    description="For each claim the values of which the token has to have one. All claims have to fit, exactly; a ref "
    "may end in `*`. Each kind requires some: the refusal names them.",
    examples=[{"repository_id": ["74"], "repository_owner_id": ["65"], "ref": ["refs/heads/main"]}],
)
Claims = Annotated[dict[str, Annotated[list[_Value], Field(min_length=1, max_length=MOST_VALUES)]], _CLAIMS]


class TrustCreate(Input):
    """Which CI jobs may exchange their own token; bindings say what they may do then."""

    name: TokenName
    kind: TrustKind
    issuer: Text | None = Field(
        None,
        max_length=LONGEST_VALUE,
        description="Exactly as the tokens have it (`iss`). Without it, the one that most use, where there is one.",
        examples=["https://token.actions.githubusercontent.com"],
    )
    audience: Text | None = Field(
        None,
        max_length=LONGEST_VALUE,
        description="The only audience of the tokens (`aud`). Without it, the public address of this service.",
    )
    claims: Claims
    cluster: ClusterName | None = Field(
        None,
        description="For Kubernetes: the registered cluster that issues the tokens and is asked about each "
        "(TokenReview). Without it, signatures are checked with the issuer's published keys.",
    )
    expires_at: MomentInput | None = Field(None, description="Without it, the trust never expires.")

    def to_trust(self) -> NewTrust:
        return NewTrust(
            name=self.name,
            kind=self.kind,
            issuer=self.issuer,
            audience=self.audience,
            claims={claim: tuple(values) for claim, values in self.claims.items()},
            cluster=self.cluster,
            expires_at=self.expires_at,
        )


class TrustRead(Output):
    """A trust of CI jobs."""

    id: str
    name: str
    kind: TrustKind
    issuer: str
    audience: str
    claims: dict[str, list[str]]
    cluster: str | None = Field(description="The registered cluster that reviews the tokens.")
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="When a token was exchanged last.")
    created_by: str
    created_at: Moment
    updated_at: Moment
    cautions: list[str] = Field(description="What is allowed but worth knowing, for people.")


class TrustPage(PageRead[TrustRead]):
    """Trusts, by name."""


class TrustTestRequest(Input):
    """A token of a CI job, to be judged. It is neither stored nor logged, and not taken."""

    token: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]


class ClaimCheckRead(Output):
    """One check of a token by a trust."""

    claim: str
    required: str
    found: str | None = Field(description="What the token says; null: it has no such claim.")
    fits: bool
    detail: str | None


class TrustTrialRead(Output):
    """How one trust judges the token."""

    trust_id: str
    trust: str
    admits: bool = Field(description="All claims fit, and the signature is verified.")
    signature: Signature
    signature_detail: str | None
    rows: list[ClaimCheckRead]


class TokenTrialRead(Output):
    """How all trusts judge the token, the best fitting first."""

    issuer: str | None
    algorithm: str
    key_id: str | None
    chosen: str | None = Field(description="The id of the trust that an exchange would act for; null: it is refused.")
    taken: bool = Field(description="The token was exchanged before; another exchange is refused.")
    trials: list[TrustTrialRead]

    @classmethod
    def of(cls, trial: TokenTrial) -> Self:
        return cls.reading(trial)


class ExchangedTokenRead(Output):
    """A token of Stagecoach for a CI job, as RFC 8693 has it."""

    access_token: str = Field(description="Send it as `Authorization: Bearer …`.", examples=["stgc_…"])
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"]
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.", examples=[900])


class OAuthError(Output):
    """A refusal as OAuth 2.0 has it (RFC 6749, section 5.2)."""

    error: str = Field(
        description="`invalid_grant`: the token is not accepted. `invalid_request` and `unsupported_grant_type`: the "
        "request itself is wrong.",
        examples=["invalid_grant"],
    )
    error_description: str
