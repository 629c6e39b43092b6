"""People who sign in with OpenID Connect, and sessions, in the contract."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from api.schemas.base import Moment, Output, PageRead
from db.records.sign_ins import SessionRecord
from services.planning.people.sign_in_problems import SignInProblem


class SignInProviderRead(Output):
    """An OpenID provider through which people sign in."""

    name: str
    display_name: str
    url: str = Field(description="Where a browser begins to sign in. It takes `return_to`, a path of the console.")
    problem: str | None = Field(description="Why it cannot be used now, and what to do; null if it can.")


class SignInProviderList(Output):
    """The OpenID providers that the settings name."""

    items: list[SignInProviderRead]


class SignInProblemRead(Output):
    """What went wrong with a sign-in."""

    problem: SignInProblem
    detail: str = Field(description="What happened, and what an administrator can do.")


class SignedOut(Output):
    """The session has ended."""

    provider_url: str | None = Field(
        description="Where the browser signs out at the OpenID provider, too; null if it did not sign in at one, or "
        "that has no such page."
    )


class SessionItem(Output):
    """A session of the console."""

    id: str
    present: bool = Field(description="Whether it is the one that sends this request.")
    provider: str | None = Field(description="The OpenID provider at which it began; null for a token's or a code's.")
    address: str | None = Field(description="From where it began.")
    user_agent: str | None
    created_at: Moment
    expires_at: Moment


class SessionList(Output):
    """Sessions, the newest first."""

    items: list[SessionItem]

    @classmethod
    def of(cls, sessions: Sequence[SessionRecord], *, present: str | None = None) -> Self:
        return cls(
            items=[SessionItem.model_validate({**vars(each), "present": each.id == present}) for each in sessions]
        )


class PersonRead(Output):
    """A person whom an OpenID provider has signed in."""

    id: str
    provider: str
    issuer: str
    subject: str = Field(description="With the issuer, the identity. All else is what the provider said last.")
    name: str
    email: str | None
    groups: list[str]
    groups_at: Moment | None = Field(description="When the groups were last named: at the last sign-in.")
    disabled_at: Moment | None
    created_at: Moment
    last_seen_at: Moment | None = Field(description="To the minute.")


class PersonPage(PageRead[PersonRead]):
    """People, the newest first."""
