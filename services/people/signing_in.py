"""Signs people in and out with OpenID Connect: begins a flow, finishes it, and hears of the provider's logouts.

A refusal is a `SignInRefused`, whose word the sign-in page turns into a sentence; what was compared goes to the log.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import structlog

from db.oidc_flows import FlowRecord
from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, Target
from domain.words import SignInKind
from services.concurrency import gather_settled
from services.net.rate_limit import RateLimiter, sender_of
from services.people.oidc.client import OpenIdClient
from services.people.refusals import Refusals
from services.planning.people.authorization import (
    FlowSecrets,
    authorization_url,
    end_session_url,
    read_answer,
)
from services.planning.people.discovery import settings_problem
from services.planning.people.open_id import OpenIdProvider, SignedInPerson, SignInRefused
from services.planning.people.return_to import safe_return
from services.planning.people.sign_in_problems import SignInProblem, sentence

_log = structlog.get_logger(__name__)

FLOW_LIFETIME = timedelta(minutes=10)
_BROWSER_SECRET = 43  # characters of 32 random bytes
# For one address: several people may share one, behind a proxy or a gateway of an office.
_BURST = 60
_A_SECOND = 2.0


@dataclass(frozen=True, kw_only=True)
class OfferedProvider:
    """A provider for the sign-in page. `url` begins a sign-in, at the public address: the provider sends people back
    to that one, and a browser's cookie is of one address. `problem` says in a sentence why it cannot be used now.
    """

    name: str
    display_name: str
    url: str
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class BegunSignIn:
    """Where to send the browser, and the secret by which it is known again when it comes back."""

    url: str
    browser: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class FinishedSignIn:
    """A new session with its secret, which is not stored; `seconds` until it expires."""

    secret: str = field(repr=False)
    seconds: int
    return_to: str


class SigningIn:
    """Sign-ins through all providers that the settings name."""

    def __init__(
        self,
        db: Database,
        clients: Sequence[OpenIdClient],
        *,
        public_url: str | None,
        session_lifetime: timedelta,
        loopback: frozenset[str] = frozenset(),
    ) -> None:
        """`loopback`: names of the providers that may be on this machine."""
        self._db = db
        self._clients: Mapping[str, OpenIdClient] = {each.provider.name: each for each in clients}
        self._public_url = (public_url or "").rstrip("/")
        self._session_lifetime = session_lifetime
        self._unusable = {
            name: problem
            for name, client in self._clients.items()
            if (problem := settings_problem(client.provider, public_url=public_url, allow_loopback=name in loopback))
        }
        self._refusals = Refusals(db)
        self._attempts = RateLimiter(burst=_BURST, per_second=_A_SECOND)

    async def offered(self) -> tuple[OfferedProvider, ...]:
        """All providers, and what is wrong with those that cannot be used. Reads their discovery documents."""
        return await gather_settled([self._offered(each) for each in self._clients.values()])

    async def begin(self, name: str, *, return_to: str | None, browser: str | None, address: str | None) -> BegunSignIn:
        """Begin a sign-in. `browser` is the secret that it brought from an earlier one. Raises `SignInRefused`."""
        with _logged(name):
            self._count(address)
            client = self._usable(name)
            metadata = await client.metadata()
            flow = FlowSecrets(
                state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
            )
            # One secret serves all sign-ins that a browser has under way, in several tabs.
            known = browser if browser and len(browser) == _BROWSER_SECRET else secrets.token_urlsafe(32)
            async with self._db.begin() as tx:
                await tx.oidc_flows.add(
                    FlowRecord(verifier=flow.verifier, nonce=flow.nonce, return_to=safe_return(return_to)),
                    state=_hash(flow.state),
                    browser=_hash(known),
                    provider=name,
                    expires_at=datetime.now(UTC) + FLOW_LIFETIME,
                )
            url = authorization_url(metadata, client.provider, redirect_uri=self._redirect_uri(name), flow=flow)
            return BegunSignIn(url=url, browser=known)

    async def finish(
        self, name: str, query: Mapping[str, str], *, browser: str | None, origin: Origin, user_agent: str | None
    ) -> FinishedSignIn:
        """Finish the sign-in that a provider's answer belongs to. Raises `SignInRefused`."""
        with _logged(name):
            self._count(origin.address)
            client = self._usable(name)
            try:
                flow = await self._flow(name, query.get("state"), browser)
                code = read_answer(query, client.provider, await client.metadata())
                person = await client.person(
                    code=code, redirect_uri=self._redirect_uri(name), verifier=flow.verifier, nonce=flow.nonce
                )
                secret = await self._begin_session(name, person, origin, user_agent)
            except SignInRefused as refused:
                await self._record_refusal(client.provider, refused, origin)
                raise
        return FinishedSignIn(
            secret=secret, seconds=int(self._session_lifetime.total_seconds()), return_to=flow.return_to
        )

    async def end_by_provider(self, name: str, logout_token: str, *, address: str | None) -> int:
        """End the sessions that a provider's logout token names; their number. Raises `SignInRefused`."""
        with _logged(name):
            self._count(address)
            ended = await self._usable(name).ended(logout_token)
            async with self._db.begin() as tx:
                count = await tx.sign_ins.remove_of_provider(
                    provider=name, issuer=ended.issuer, subject=ended.subject, sid=ended.sid
                )
                await tx.audit.add(
                    AuditEntry(
                        actor=ActorRef(kind=ActorKind.SYSTEM, id=f"provider:{name}", name=f"provider {name}"),
                        origin=Origin(via=Via.WEBHOOK, address=address),
                        action="session.ended",
                        targets=(Target(kind="provider", id=None, name=name),),
                        after={"subject": ended.subject, "sessions": count},
                    )
                )
            _log.info("a provider ended sessions", provider=name, sessions=count)
        return count

    async def end_url(self, name: str) -> str | None:
        """Where a browser signs out at the provider; None where that offers no such page, or cannot be asked."""
        client = self._clients.get(name)
        if client is None or name in self._unusable:
            return None
        try:
            metadata = await client.metadata()
        except SignInRefused:
            return None  # `client` has logged it; the session here has ended in any case
        return end_session_url(metadata, client.provider, return_to=f"{self._public_url}/sign-in")

    def explained(self, name: str, problem: SignInProblem) -> str:
        """The sentence for a problem of a sign-in through a provider, known or not."""
        client = self._clients.get(name)
        if client is None:
            return sentence(problem, provider="the provider", setting="STAGECOACH_OIDC__<NAME>__")
        return _explained(client.provider, problem)

    async def _offered(self, client: OpenIdClient) -> OfferedProvider:
        provider = client.provider
        problem = self._unusable.get(provider.name)
        if problem is None:
            try:
                await client.metadata()
            except SignInRefused as refused:
                problem = refused.problem
        return OfferedProvider(
            name=provider.name,
            display_name=provider.display_name,
            url=f"{self._public_url}/api/v1/session/oidc/{provider.name}",
            problem=_explained(provider, problem) if problem else None,
        )

    async def _begin_session(self, name: str, person: SignedInPerson, origin: Origin, user_agent: str | None) -> str:
        """The secret of a new session of the person, whose row is made or renewed."""
        secret = secrets.token_urlsafe(32)
        async with self._db.begin() as tx:
            record = await tx.people.signed_in(
                provider=name,
                issuer=person.issuer,
                subject=person.subject,
                name=person.name,
                email=person.email,
                groups=person.groups,
            )
            if record.disabled_at is not None:
                raise SignInRefused(SignInProblem.PERSON_DISABLED, f"person {record.id}")
            await tx.sign_ins.add(
                kind=SignInKind.SESSION,
                hash=_hash(secret),
                person_id=record.id,
                expires_at=datetime.now(UTC) + self._session_lifetime,
                provider=name,
                sid=person.sid,
                address=origin.address,
                user_agent=user_agent,
            )
            await tx.audit.add(
                AuditEntry(
                    actor=ActorRef(kind=ActorKind.PERSON, id=record.id, name=record.name),
                    origin=origin,
                    action="session.created",
                    targets=(Target(kind="provider", id=None, name=name),),
                    after={"issuer": record.issuer, "subject": record.subject, "groups": list(record.groups)},
                )
            )
        _log.info("a person signed in", provider=name, person=record.id, groups=len(person.groups))
        return secret

    async def _record_refusal(self, provider: OpenIdProvider, refused: SignInRefused, origin: Origin) -> None:
        """Nobody is known yet, so the sign-in itself is the actor; nothing of the answer is written."""
        actor = ActorRef(
            kind=ActorKind.SYSTEM, id=f"sign-in:{provider.name}", name=f"sign-in through {provider.display_name}"
        )
        await self._refusals.note_stranger(
            actor,
            origin,
            why=refused.problem.value,
            at=Target(kind="provider", id=None, name=provider.name),
        )

    async def _flow(self, name: str, state: str | None, browser: str | None) -> FlowRecord:
        """The flow that the answer belongs to: without it nothing else of the answer is looked at."""
        if state and browser:
            async with self._db.begin() as tx:
                flow = await tx.oidc_flows.take(state=_hash(state), browser=_hash(browser), provider=name)
            if flow is not None:
                return flow
        raise SignInRefused(SignInProblem.FLOW_UNKNOWN)

    def _usable(self, name: str) -> OpenIdClient:
        client = self._clients.get(name)
        if client is None:
            raise SignInRefused(SignInProblem.PROVIDER_UNKNOWN)
        if name in self._unusable:
            raise SignInRefused(self._unusable[name])
        return client

    def _count(self, address: str | None) -> None:
        if self._attempts.take(sender_of(address)) is not None:
            raise SignInRefused(SignInProblem.TOO_MANY_ATTEMPTS)

    def _redirect_uri(self, name: str) -> str:
        """A path of its own for each provider, so that the answer of one is never taken for another's (RFC 9700)."""
        return f"{self._public_url}/api/v1/session/oidc/{name}/callback"


class _logged:  # noqa: N801  reads as a statement
    """Logs a refusal that passes: the word, and what was compared."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SignInRefused):
            _log.warning("a sign-in was refused", provider=self._provider, problem=error.problem, why=error.why)


def _explained(provider: OpenIdProvider, problem: SignInProblem) -> str:
    return sentence(problem, provider=provider.display_name, setting=provider.setting)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
