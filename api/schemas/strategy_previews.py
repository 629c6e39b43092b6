"""Previews of strategies in the contract."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Input, Name, Output
from api.schemas.strategies import Strategy


class StrategyPreviewRequest(Input):
    """A strategy, and the applications whose operation would go by it."""

    applications: Annotated[list[Name], Field(min_length=1, max_length=50, examples=[["shop"]])]
    strategy: Strategy


class OwnStrategyPreviewRequest(Input):
    """A strategy that is to become the environment's own."""

    strategy: Strategy


class StrategyPreviewRead(Output):
    """The clusters of each ring, by name. Each cluster of the environment is in one."""

    rings: list[list[str]] = Field(
        description="In the order of the strategy's rings; one ring of all clusters where it has none. A ring without "
        "clusters is left out by operations."
    )
    left_over: list[str] = Field(description="What no ring has: these clusters go last.")
