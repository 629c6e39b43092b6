"""Exchanges a CI job's own token for one of Stagecoach that lives for fifteen minutes (RFC 8693).

A stranger learns only that a token was not accepted; the log says why, and the test bench shows it to administrators.
The claims are judged first and the signature is checked last, so that keys are fetched, and clusters asked, for tokens
alone that would be accepted.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import structlog

from db.transaction import Database, Transaction
from db.trusts import TrustRecord
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, Target
from domain.rights import Subject, SubjectKind
from domain.trusts import TrustTerms
from domain.words import Role
from services.errors import Category, StagecoachError, TooManyRequestsError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, KubeconfigRefusedError
from services.kube.gateway import Clusters
from services.kube.token_review import TOKEN_REVIEW_RIGHT
from services.limits import Limits
from services.net.rate_limit import RateLimiter, sender_of
from services.people.issuer_keys import IssuerUnavailableError
from services.people.refusals import Refusals
from services.people.tokens import token_target
from services.planning.people.token_text import RANDOM_BYTES, TokenPrefix, token_hash, token_text
from services.planning.people.trusts.jobs import job_name
from services.planning.people.trusts.judging import SKEW_SECONDS, Judgement, judge, most_specific
from services.planning.people.trusts.providers import PROVIDERS
from services.planning.people.trusts.signed_tokens import (
    SignatureRefusedError,
    TokenUnreadableError,
    UnverifiedToken,
    read_token,
    verify_signature,
)
from services.reading.credentials import credential_of

_log = structlog.get_logger(__name__)

LIFETIME = timedelta(minutes=15)
_DOOR = ActorRef(kind=ActorKind.SYSTEM, id="token-exchange", name="token exchange")  # who a refusal is written as
_LONGEST_REASON = 1000
_NOWHERE = Origin(via=Via.EXCHANGE)
_BURST = 60  # of one address: runners behind one gateway share it
_A_SECOND = 5.0
_KEPT = timedelta(days=1)  # expired tokens of CI jobs, for an administrator who looks for one


class ExchangeRefusedError(StagecoachError):
    """No trust admits the token, or it was taken before. The text is the same whatever the reason.

    `why` is for the log and the audit. Of the token it holds the name of the algorithm at most.
    """

    code = "token-not-accepted"
    title = "The token is not accepted"
    category = Category.UNAUTHENTICATED

    def __init__(self, why: str) -> None:
        self.why = why[:_LONGEST_REASON]
        super().__init__(
            "No trust admits the token. An administrator can paste one at Trusts to see, claim by claim, what fits."
        )


class UnverifiableNowError(StagecoachError):
    """The token fits a trust, but its issuer's keys cannot be had now."""

    code = "token-not-verifiable"
    title = "The token cannot be verified now"
    category = Category.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("Whether the token is its issuer's cannot be verified now. Send it again in a while.")


class Keys(Protocol):
    """The part of `IssuerKeys` that is needed here."""

    async def fetch(self, issuer: str, *, key_id: str | None) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class ExchangedToken:
    """A token that acts for a trust."""

    secret: str = field(repr=False)
    seconds: int


class Verifier:
    """Says whether a token is its issuer's: by the issuer's keys, or by asking the cluster that issued it."""

    def __init__(self, db: Database, keys: Keys, clusters: Clusters, limits: Limits) -> None:
        self._db = db
        self._keys = keys
        self._clusters = clusters
        self._limits = limits

    async def verify(self, token: UnverifiedToken, trust: TrustRecord) -> Mapping[str, Any]:
        """The token's claims. Raises `SignatureRefusedError` and `IssuerUnavailableError`."""
        if trust.cluster_id is not None:
            await self._reviewed(token, trust.cluster_id, trust.terms)
            return token.claims
        keys = await self._keys.fetch(trust.terms.issuer, key_id=token.key_id)
        return verify_signature(token, keys, algorithms=PROVIDERS[trust.terms.kind].algorithms)

    async def _reviewed(self, token: UnverifiedToken, cluster_id: str, terms: TrustTerms) -> None:
        async with self._db.read() as tx:
            cluster = await tx.clusters.get(cluster_id)
        if cluster is None:
            raise IssuerUnavailableError("The cluster that reviews the tokens was removed. Change the trust.")
        try:
            gateway = await self._clusters.gateway(credential_of(cluster))
            reviewed = await gateway.review_token(
                token.text, audience=terms.audience, deadline=Deadline.after(self._limits.probe)
            )
        except AccessDeniedError:
            raise IssuerUnavailableError(
                f"The credential of the cluster '{cluster.name}' lacks a right: {TOKEN_REVIEW_RIGHT}."
            ) from None
        except (ClusterError, KubeconfigRefusedError) as error:
            raise IssuerUnavailableError(
                f"The cluster '{cluster.name}' could not review the token: {error.detail}"
            ) from None
        if reviewed.username is None or reviewed.username != token.claims.get("sub"):
            raise SignatureRefusedError(f"The cluster '{cluster.name}' says that the token is not good.")


class TokenExchange:
    """Exchanges tokens of CI jobs."""

    def __init__(self, db: Database, verifier: Verifier) -> None:
        self._db = db
        self._verifier = verifier
        self._refusals = Refusals(db)
        self._flood = RateLimiter(burst=_BURST, per_second=_A_SECOND)

    def admit(self, address: str) -> None:
        """Count a request of this address. Raises `TooManyRequestsError`."""
        wait = self._flood.take(sender_of(address))
        if wait is not None:
            raise TooManyRequestsError("Too many tokens are exchanged from this address.", retry_after_seconds=wait)

    async def exchange(
        self, subject_token: str, *, audiences: Sequence[str] = (), origin: Origin = _NOWHERE
    ) -> ExchangedToken:
        """Issue a token for the trust that admits the subject token; of several, the one that names most claims.

        `audiences`: for what the caller says that it wants the token. Raises `ExchangeRefusedError`, and
        `UnverifiableNowError` where the token fits.
        """
        try:
            return await self._exchanged(subject_token, audiences, origin)
        except ExchangeRefusedError as refused:
            await self._refusals.note_stranger(_DOOR, origin, why=refused.why, action="token-exchange.refused")
            raise

    async def _exchanged(self, subject_token: str, audiences: Sequence[str], origin: Origin) -> ExchangedToken:
        try:
            token = read_token(subject_token)
        except TokenUnreadableError as error:
            raise _refused(str(error)) from None
        async with self._db.read() as tx:
            trusts = await tx.trusts.of_issuer(token.issuer) if token.issuer else ()
        now = datetime.now(UTC)
        left = {
            trust.id: (trust, judge(trust.terms, token.claims, now=now))
            for trust in trusts
            if all(each == trust.terms.audience for each in audiences)
        }
        trust, judgement = await self._admitting(token, left)
        return await self._issue(token, trust, judgement, origin=origin)

    async def _admitting(
        self, token: UnverifiedToken, left: dict[str, tuple[TrustRecord, Judgement]]
    ) -> tuple[TrustRecord, Judgement]:
        """Clusters often share an issuer's name, so each fitting trust is tried."""
        unavailable: IssuerUnavailableError | None = None
        why = "no trust has this issuer and audience" if not left else _misfits(left)
        while chosen := most_specific((key, trust.terms, judged) for key, (trust, judged) in left.items()):
            trust, judgement = left.pop(chosen)
            try:
                await self._verifier.verify(token, trust)
            except SignatureRefusedError as error:
                why = f"{trust.name}: {error}"
            except IssuerUnavailableError as error:
                unavailable = error
            else:
                return trust, judgement
        if unavailable is not None:
            _log.warning("a CI job's token could not be verified", why=unavailable.detail)
            raise UnverifiableNowError
        raise _refused(why)

    async def _issue(
        self, token: UnverifiedToken, trust: TrustRecord, judgement: Judgement, *, origin: Origin
    ) -> ExchangedToken:
        secret = token_text(TokenPrefix.CI_JOB, secrets.token_bytes(RANDOM_BYTES))
        now = datetime.now(UTC)
        async with self._db.begin() as tx:
            await self._lock(tx, trust)
            await self._take_once(tx, trust, judgement)
            job = job_name(trust.terms.kind, token.claims)
            await tx.tokens.forget_expired(SubjectKind.TRUST, before=now - _KEPT)
            issued = await tx.tokens.add(
                name=f"{trust.name}: {job} ({secrets.token_hex(3)})",
                role=Role.ADMIN,  # no limit of its own: it holds what is bound to the trust
                hash=token_hash(secret),
                created_by=trust.name,
                expires_at=now + LIFETIME,
                subject=Subject(kind=SubjectKind.TRUST, id=trust.id),
            )
            entry = AuditEntry(
                actor=ActorRef(kind=ActorKind.CI_JOB, id=trust.id, name=issued.name),
                origin=origin,
                action="token.exchanged",
                targets=(Target(kind="trust", id=trust.id, name=trust.name), token_target(issued)),
                after={"issuer": trust.terms.issuer, "jti": judgement.jti},
            )
            await tx.audit.add(entry)
        return ExchangedToken(secret=secret, seconds=int(LIFETIME.total_seconds()))

    async def _lock(self, tx: Transaction, trust: TrustRecord) -> None:
        """Whoever changes or deletes the trust meanwhile waits, or has done so: then what was judged counts no more."""
        await tx.trusts.touch(trust.id)
        now = await tx.trusts.get(trust.id)
        if now is None or (now.terms, now.cluster_id) != (trust.terms, trust.cluster_id):
            raise _refused(f"{trust.name}: the trust was changed meanwhile")

    async def _take_once(self, tx: Transaction, trust: TrustRecord, judgement: Judgement) -> None:
        if judgement.jti is None:
            return
        until = datetime.fromtimestamp(judgement.expires_at + SKEW_SECONDS, UTC)
        if not await tx.trusts.take_jti(jti_digest(trust.terms.issuer, judgement.jti), until=until):
            raise _refused(f"{trust.name}: the token was exchanged before")


def jti_digest(issuer: str, jti: str) -> bytes:
    """By which a taken token is known: ids of two issuers may be alike, and an id may be long."""
    return sha256(f"{issuer}\0{jti}".encode()).digest()


def _misfits(judged: Mapping[str, tuple[TrustRecord, Judgement]]) -> str:
    """Which claims did not fit which trust; no value of a claim, for those are the stranger's."""
    return "; ".join(
        f"{trust.name}: {', '.join(row.claim for row in judgement.rows if not row.fits) or 'fits'}"
        for trust, judgement in judged.values()
    )


def _refused(why: str) -> ExchangeRefusedError:
    refused = ExchangeRefusedError(why)
    _log.info("a CI job's token was not accepted", why=refused.why)
    return refused
