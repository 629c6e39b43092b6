"""A client of one OpenID provider: what it publishes is read when it is needed, and kept for an hour.

Its keys are read again when a token names one that is not among them, but at most once a minute, because anybody can
send a token with any key's name (the back-channel logout is open). Where reading fails, the former document or keys
count on: a provider that is down for a moment must not lock out those who are signing in.
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import quote_plus

import structlog

from services.people.oidc.transport import Answer, OpenIdTransport
from services.planning.people.authorization import token_refusal
from services.planning.people.discovery import discovery_url, read_keys, read_metadata
from services.planning.people.id_token import (
    IdToken,
    check_userinfo,
    needs_userinfo,
    person_of,
    read_id_token,
)
from services.planning.people.logout_token import EndedSessions, read_logout_token
from services.planning.people.open_id import Keys, Metadata, OpenIdProvider, SignedInPerson, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem
from services.planning.people.signed_tokens import key_id

_log = structlog.get_logger(__name__)

_FRESH_SECONDS = 3600.0
_AGAIN_SECONDS = 60.0  # the shortest time between two readings of keys for a token that names another one
_FAILED_SECONDS = 15.0  # after a reading that failed
Document = TypeVar("Document")


@dataclass(frozen=True)
class _Kept(Generic[Document]):
    """The last document that was read, when it was, and why the last reading failed, if it did."""

    document: Document | None
    at: float
    failure: SignInRefused | None = None


class OpenIdClient:
    """Discovery, keys, tokens and userinfo of one provider."""

    def __init__(
        self,
        provider: OpenIdProvider,
        transport: OpenIdTransport,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`clock` measures how old documents are, `now` is compared with the times of tokens."""
        self.provider = provider
        self._transport = transport
        self._clock = clock
        self._now = now
        self._metadata: _Kept[Metadata] | None = None
        self._keys: _Kept[Keys] | None = None
        self._reading_metadata = asyncio.Lock()
        self._reading_keys = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """The discovery document. Raises `SignInRefused`."""
        async with self._reading_metadata:
            kept = self._metadata
            if kept is None or self._is_due(kept):
                kept = self._metadata = await self._renewed(kept, self._discover)
        return _document(kept)

    async def person(self, *, code: str, redirect_uri: str, verifier: str, nonce: str) -> SignedInPerson:
        """Exchange the code of a callback, and read whom it signs in. Raises `SignInRefused`."""
        metadata = await self.metadata()
        answer = await self._exchange(metadata, code=code, redirect_uri=redirect_uri, verifier=verifier)
        token = await self._id_token(metadata, answer.get("id_token"), nonce)
        userinfo = {}
        if needs_userinfo(token, self.provider, metadata):
            userinfo = await self._userinfo(metadata, answer.get("access_token"), token)
        return person_of(token, userinfo, self.provider)

    async def ended(self, logout_token: str) -> EndedSessions:
        """Which sessions a logout token ends. Raises `SignInRefused`."""
        metadata = await self.metadata()
        keys = await self._keys_with(metadata, key_id(logout_token))
        return read_logout_token(logout_token, keys, provider=self.provider, metadata=metadata, now=self._now())

    async def _exchange(self, metadata: Metadata, *, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        secret = self.provider.client_secret
        authorization = None
        if secret is None or metadata.by_post:
            form["client_id"] = self.provider.client_id
        if secret is not None and metadata.by_post:
            form["client_secret"] = secret.value
        elif secret is not None:
            pair = f"{quote_plus(self.provider.client_id)}:{quote_plus(secret.value)}"  # RFC 6749, section 2.3.1
            authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = await self._transport.post(metadata.token_endpoint, form, authorization=authorization)
        if answer.status != 200:
            raise token_refusal(answer.json, answer.status)
        if not isinstance(answer.json, dict):
            raise SignInRefused(SignInProblem.TOKEN_ANSWER_UNREADABLE, "the answer is no JSON object")
        return answer.json

    async def _id_token(self, metadata: Metadata, token: object, nonce: str) -> IdToken:
        if not isinstance(token, str):
            raise SignInRefused(SignInProblem.TOKEN_ANSWER_UNREADABLE, "the answer has no id_token")
        keys = await self._keys_with(metadata, key_id(token))
        return read_id_token(token, keys, provider=self.provider, metadata=metadata, nonce=nonce, now=self._now())

    async def _userinfo(self, metadata: Metadata, access_token: object, token: IdToken) -> dict[str, object]:
        """What userinfo adds. Where groups are not read, it only adds a name, and its failure stops nobody."""
        try:
            return await self._told(metadata, access_token, token)
        except SignInRefused as refused:
            if self.provider.groups_claim is not None or refused.problem is SignInProblem.USERINFO_OF_ANOTHER:
                raise
            _log.warning("userinfo was not read", provider=self.provider.name, why=refused.why)
            return {}

    async def _told(self, metadata: Metadata, access_token: object, token: IdToken) -> dict[str, object]:
        if not isinstance(access_token, str) or metadata.userinfo_endpoint is None:
            raise SignInRefused(SignInProblem.USERINFO_UNREADABLE, "there is no access token")
        answer = await self._transport.get(metadata.userinfo_endpoint, bearer=access_token)
        if answer.status != 200:
            raise SignInRefused(SignInProblem.USERINFO_UNREADABLE, f"userinfo answered {answer.status}")
        return dict(check_userinfo(answer.json, token))

    async def _keys_with(self, metadata: Metadata, wanted: str | None) -> Keys:
        """The provider's keys, read again where they lack the one that is wanted. Raises `SignInRefused`."""
        async with self._reading_keys:
            kept = self._keys
            missing = kept is not None and kept.document is not None and not kept.document.has(wanted)
            if kept is None or self._is_due(kept) or (missing and self._clock() - kept.at >= _AGAIN_SECONDS):
                kept = self._keys = await self._renewed(kept, lambda: self._read_keys(metadata))
        return _document(kept)

    def _is_due(self, kept: _Kept[Document]) -> bool:
        return self._clock() - kept.at >= (_FAILED_SECONDS if kept.failure else _FRESH_SECONDS)

    async def _renewed(
        self, former: _Kept[Document] | None, read: Callable[[], Awaitable[Document]]
    ) -> _Kept[Document]:
        try:
            return _Kept(await read(), self._clock())
        except SignInRefused as refused:
            _log.warning(
                "a provider's document was not read",
                provider=self.provider.name,
                problem=refused.problem,
                why=refused.why,
            )
            kept = _Kept[Document](None, 0.0) if former is None else former
            return replace(kept, at=self._clock(), failure=refused)

    async def _discover(self) -> Metadata:
        answer = await self._transport.get(discovery_url(self.provider.issuer))
        if answer.status != 200:
            raise SignInRefused(SignInProblem.DISCOVERY_UNREADABLE, f"discovery answered {answer.status}")
        return read_metadata(answer.json, self.provider)

    async def _read_keys(self, metadata: Metadata) -> Keys:
        answer: Answer = await self._transport.get(metadata.jwks_uri)
        if answer.status != 200:
            raise SignInRefused(SignInProblem.KEYS_UNREADABLE, f"the keys' address answered {answer.status}")
        return read_keys(answer.json)


def _document(kept: _Kept[Document]) -> Document:
    """Raises why it was not read, where there is none."""
    if kept.document is None:
        assert kept.failure is not None, "it was read, or failed"
        raise SignInRefused(kept.failure.problem, kept.failure.why)
    return kept.document
