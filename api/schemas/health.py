"""Liveness and readiness of the process."""

from typing import Literal

from pydantic import Field

from api.schemas.base import Output


class Alive(Output):
    """The process answers."""

    status: Literal["ok"]


class ReadinessRead(Output):
    """Whether requests can be served now, part by part."""

    status: Literal["ready", "not-ready"]
    database: bool
    migrations: bool
    engine: bool = Field(description="Whether the engine executes operations.")
