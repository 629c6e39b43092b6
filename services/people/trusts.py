"""Trusts of CI jobs: administrators make them, and try tokens on them at the test bench.

What a trust may do is said by bindings, not here. A pasted token is neither stored nor logged, and is not taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from db.errors import DuplicateNameError
from db.records.pages import Page
from db.transaction import Database, Transaction
from db.trusts import TrustFields, TrustRecord
from domain.audit import AuditEntry, Target
from domain.grants import AdminGrant
from domain.rights import Subject, SubjectKind
from domain.trusts import TrustKind, TrustTerms
from services.errors import InvalidRequestError, NameTakenError, NotFoundError
from services.people.exchanging import Verifier, jti_digest
from services.people.issuer_keys import IssuerUnavailableError
from services.people.tokens import require_name
from services.planning.people.trusts.judging import Judgement, judge, most_specific
from services.planning.people.trusts.providers import PROVIDERS
from services.planning.people.trusts.signed_tokens import (
    SignatureRefusedError,
    TokenUnreadableError,
    UnverifiedToken,
    read_token,
)
from services.planning.people.trusts.terms import cautions, terms_faults
from services.planning.people.trusts.values import Row


@dataclass(frozen=True, kw_only=True)
class NewTrust:
    """A trust to make. `issuer` is None for the one that most use, `audience` for the address of this service.

    `cluster`: the name of the registered cluster that reviews the tokens.
    """

    name: str
    kind: TrustKind
    claims: Mapping[str, tuple[str, ...]]
    issuer: str | None = None
    audience: str | None = None
    cluster: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TrustView:
    """A trust as people see it. `cluster` names the cluster that reviews its tokens; `cautions` are worth knowing."""

    id: str
    name: str
    kind: TrustKind
    issuer: str
    audience: str
    claims: Mapping[str, tuple[str, ...]]
    cluster: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    cautions: tuple[str, ...]


class Signature(StrEnum):
    """What is known of a token's signature."""

    VERIFIED = "verified"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"  # the issuer's keys, or the cluster's review
    NOT_CHECKED = "not-checked"  # the token is of another issuer than the trust's


@dataclass(frozen=True, kw_only=True)
class TrustTrial:
    """How one trust judges one token. `admits`: all fits and the signature is verified."""

    trust_id: str
    trust: str
    admits: bool
    signature: Signature
    signature_detail: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class TokenTrial:
    """How all trusts judge one token. `chosen` is the id of the trust that an exchange would act for.

    `taken`: the token was exchanged before, so that an exchange would refuse it.
    """

    issuer: str | None
    algorithm: str
    key_id: str | None
    chosen: str | None
    taken: bool
    trials: tuple[TrustTrial, ...]


class Trusts:
    """The trusts, for administrators."""

    def __init__(
        self, db: Database, verifier: Verifier, *, public_url: str | None, http_to_loopback: bool = False
    ) -> None:
        self._db = db
        self._verifier = verifier
        self._public_url = public_url
        self._http_to_loopback = http_to_loopback

    async def list(self, _: AdminGrant, *, after: str | None, limit: int) -> Page[TrustView]:
        """A page by name."""
        async with self._db.read() as tx:
            page = await tx.trusts.list(after=after, limit=limit)
            return Page(items=tuple([await _view(tx, each) for each in page.items]), next=page.next)

    async def get(self, _: AdminGrant, trust_id: str) -> TrustView:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await _view(tx, await _known(tx, trust_id))

    async def create(self, grant: AdminGrant, new: NewTrust) -> TrustView:
        """Raises `InvalidRequestError` with what is wrong, `NotFoundError` for the cluster, `NameTakenError`."""
        require_name(new.name)
        _require_future(new.expires_at)
        terms = TrustTerms(
            kind=new.kind,
            issuer=new.issuer or PROVIDERS[new.kind].issuer or "",
            audience=new.audience or self._public_url or "",
            claims=new.claims,
            cluster_reviews=new.cluster is not None,
        )
        self._require(terms)
        try:
            async with self._db.begin() as tx:
                trust = await tx.trusts.add(
                    name=new.name,
                    terms=terms,
                    cluster_id=await _cluster_id(tx, new.cluster),
                    expires_at=new.expires_at,
                    created_by=grant.caller.ref,
                )
                view = await _view(tx, trust)
                await tx.audit.add(AuditEntry.by(grant.caller, "trust.created", _target(view), after=_facts(view)))
                return view
        except DuplicateNameError:
            raise NameTakenError("trust", new.name) from None

    async def replace(self, grant: AdminGrant, trust_id: str, new: NewTrust) -> TrustView:
        """Change all but the kind. Raises as `create`, and `NotFoundError`."""
        require_name(new.name)
        _require_future(new.expires_at)
        try:
            async with self._db.begin() as tx:
                former = await _known(tx, trust_id)
                before = await _view(tx, former)
                if new.kind is not former.terms.kind:
                    raise InvalidRequestError("The kind of a trust stays. Create another trust.", field="body.kind")
                terms = replace(
                    former.terms,
                    issuer=new.issuer or former.terms.issuer,
                    audience=new.audience or former.terms.audience,
                    claims=new.claims,
                    cluster_reviews=new.cluster is not None,
                )
                self._require(terms)
                fields = TrustFields(
                    name=new.name,
                    issuer=terms.issuer,
                    audience=terms.audience,
                    claims=terms.claims,
                    cluster_id=await _cluster_id(tx, new.cluster),
                    expires_at=new.expires_at,
                )
                changed = await tx.trusts.change(trust_id, **fields)
                # What was admitted by the former terms ends with them.
                await tx.tokens.revoke_of(Subject(kind=SubjectKind.TRUST, id=trust_id))
                view = await _view(tx, changed)
                await tx.audit.add(
                    AuditEntry.by(
                        grant.caller, "trust.changed", _target(view), before=_facts(before), after=_facts(view)
                    )
                )
                return view
        except DuplicateNameError:
            raise NameTakenError("trust", new.name) from None

    async def delete(self, grant: AdminGrant, trust_id: str) -> None:
        """Delete it with its bindings, and revoke its tokens. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            trust = await _known(tx, trust_id)
            view = await _view(tx, trust)
            subject = Subject(kind=SubjectKind.TRUST, id=trust.id)
            await tx.tokens.revoke_of(subject)
            await tx.bindings.remove_of(subject)
            await tx.trusts.remove(trust.id)
            await tx.audit.add(AuditEntry.by(grant.caller, "trust.deleted", _target(view), before=_facts(view)))

    async def test(self, _: AdminGrant, text: str) -> TokenTrial:
        """Judge a token by all trusts, those of its issuer first. Raises `InvalidRequestError` for what is no token."""
        try:
            token = read_token(text)
        except TokenUnreadableError as error:
            raise InvalidRequestError(str(error), field="body.token") from None
        async with self._db.read() as tx:
            trusts = await tx.trusts.all()
        now = datetime.now(UTC)
        judged = [(trust, judge(trust.terms, token.claims, now=now)) for trust in trusts]
        trials = [await self._tried(token, trust, judgement, now=now) for trust, judgement in judged]
        admitting = {trial.trust_id for trial in trials if trial.admits}
        chosen = most_specific(
            (trust.id, trust.terms, judgement) for trust, judgement in judged if trust.id in admitting
        )
        return TokenTrial(
            issuer=token.issuer,
            algorithm=token.algorithm,
            key_id=token.key_id,
            chosen=chosen,
            taken=await self._taken(
                next((judgement for trust, judgement in judged if trust.id == chosen), None), token
            ),
            trials=tuple(sorted(trials, key=lambda trial: (not trial.admits, -_fitting(trial)))),
        )

    async def _tried(
        self, token: UnverifiedToken, trust: TrustRecord, judgement: Judgement, *, now: datetime
    ) -> TrustTrial:
        signature, detail = await self._signature(token, trust)
        rows = judgement.rows
        if trust.expires_at is not None and trust.expires_at <= now:
            ended = trust.expires_at.isoformat()
            rows = (Row(claim="(trust)", required="a trust that has not expired", found=ended, fits=False), *rows)
        fits = all(row.fits for row in rows)
        return TrustTrial(
            trust_id=trust.id,
            trust=trust.name,
            admits=fits and signature is Signature.VERIFIED,
            signature=signature,
            signature_detail=detail,
            rows=rows,
        )

    async def _signature(self, token: UnverifiedToken, trust: TrustRecord) -> tuple[Signature, str | None]:
        if token.issuer != trust.terms.issuer:
            return Signature.NOT_CHECKED, "The token is of another issuer."
        try:
            await self._verifier.verify(token, trust)
        except SignatureRefusedError as error:
            return Signature.REFUSED, str(error)
        except IssuerUnavailableError as error:
            return Signature.UNAVAILABLE, error.detail
        return Signature.VERIFIED, None

    async def _taken(self, judgement: Judgement | None, token: UnverifiedToken) -> bool:
        if judgement is None or judgement.jti is None or token.issuer is None:
            return False
        async with self._db.read() as tx:
            return await tx.trusts.jti_taken(jti_digest(token.issuer, judgement.jti))

    def _require(self, terms: TrustTerms) -> None:
        """Raises `InvalidRequestError` with all that is wrong, at the first member that is."""
        faults = terms_faults(terms, http_to_loopback=self._http_to_loopback)
        if faults:
            told = " ".join(f"{fault.field}: {fault.detail}" for fault in faults)
            raise InvalidRequestError(told, field=f"body.{faults[0].field}")


async def _known(tx: Transaction, trust_id: str) -> TrustRecord:
    trust = await tx.trusts.get(trust_id)
    if trust is None:
        raise NotFoundError("trust", trust_id)
    return trust


async def _cluster_id(tx: Transaction, name: str | None) -> str | None:
    if name is None:
        return None
    cluster = await tx.clusters.find(name)
    if cluster is None:
        raise NotFoundError("cluster", name)
    return cluster.id


async def _view(tx: Transaction, trust: TrustRecord) -> TrustView:
    cluster = await tx.clusters.get(trust.cluster_id) if trust.cluster_id is not None else None
    removed = ("The cluster that reviews its tokens was removed: it admits nobody.",)
    return TrustView(
        id=trust.id,
        name=trust.name,
        kind=trust.terms.kind,
        issuer=trust.terms.issuer,
        audience=trust.terms.audience,
        claims=trust.terms.claims,
        cluster=cluster.name if cluster else None,
        expires_at=trust.expires_at,
        last_used_at=trust.last_used_at,
        created_by=trust.created_by.name,
        created_at=trust.created_at,
        updated_at=trust.updated_at,
        cautions=(*(removed if trust.cluster_id and not cluster else ()), *cautions(trust.terms)),
    )


def _target(view: TrustView) -> Target:
    return Target(kind="trust", id=view.id, name=view.name)


def _facts(view: TrustView) -> dict[str, object]:
    return {
        "name": view.name,
        "kind": view.kind.value,
        "issuer": view.issuer,
        "audience": view.audience,
        "claims": {claim: list(values) for claim, values in view.claims.items()},
        "cluster": view.cluster,
        "expires_at": None if view.expires_at is None else view.expires_at.isoformat(),
    }


def _require_future(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidRequestError("The time of expiry is in the past.", field="body.expires_at")


def _fitting(trial: TrustTrial) -> int:
    return sum(row.fits for row in trial.rows)
