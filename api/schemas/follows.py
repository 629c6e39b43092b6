"""Environments that follow another one, in the contract."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field

from api.schemas.base import Input, Moment, Name, Output
from api.schemas.checks import CheckName
from domain.follows import MAX_CHECKS, MAX_HEALTHY_MINUTES, Follow, FollowCode
from services.inventory.follow_settings import FollowRequest


class FollowInput(Input):
    """What to follow: the same application in another environment, once that has been healthy for long enough."""

    environment: Name = Field(description="The environment to follow.", examples=["Staging"])
    healthy_minutes: int = Field(
        ge=0,
        le=MAX_HEALTHY_MINUTES,
        description="For how many minutes the same images have to have been healthy there, on all its clusters.",
        examples=[30],
    )
    checks: list[CheckName] = Field(
        default_factory=list,
        max_length=MAX_CHECKS,
        description="Checks, by name, that the operation which brought the images there has to have passed.",
    )

    def to_request(self) -> FollowRequest:
        return FollowRequest(
            environment=self.environment, healthy_minutes=self.healthy_minutes, checks=tuple(self.checks)
        )


class FollowRead(Output):
    """What an app environment follows, and what it waits for."""

    environment: str = Field(
        description="The environment that is followed; a text that says so where the caller does not see it.",
        examples=["Staging"],
    )
    healthy_minutes: int
    checks: list[str] = Field(description="By name.")
    code: FollowCode | None = Field(description="What it waits for, for programs; null before the first look.")
    detail: str | None = Field(description="The same in plain words.")
    healthy_since: Moment | None = Field(
        description="Since when the images that the followed environment runs have been healthy and the same."
    )
    due_at: Moment | None = Field(description="When it is looked at again though nothing has happened.")
    operation: str | None = Field(description="The id of the operation that `code` speaks of.")
    proposal: str | None = Field(description="The id of the proposal that `code` speaks of.")

    @classmethod
    def of(cls, follow: Follow) -> Self:
        standing = follow.standing
        return cls(
            environment=follow.source.name,
            healthy_minutes=follow.terms.healthy_minutes,
            checks=list(follow.terms.checks),
            code=standing.code if standing else None,
            detail=standing.detail if standing else None,
            healthy_since=standing.healthy_since if standing else None,
            due_at=standing.due_at if standing else None,
            operation=standing.operation if standing else None,
            proposal=standing.proposal if standing else None,
        )


def _shown(value: Any) -> Any:
    return FollowRead.of(value) if isinstance(value, Follow) else value


ShownFollow = Annotated[
    FollowRead | None,
    BeforeValidator(_shown),
    Field(description="What it follows; null but in the deploy mode `follow`."),
]
