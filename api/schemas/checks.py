"""Hooks and checks of strategies in the contract. The domain's values judge what they may say."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from api.schemas.base import Input, Output
from domain.resources import Manifest
from domain.stored import checks, hooks

CheckName = Annotated[
    str, Field(min_length=1, max_length=30, description="Unique in the strategy.", examples=["smoke"])
]
Headers = Annotated[dict[str, str], Field(max_length=checks.MAX_HEADERS)]


class JobInput(Input):
    """A Job to create. Where its template says so, it gets the new image."""

    manifest: dict[str, Any] = Field(description="A Job of batch/v1.")
    seconds: int = Field(hooks.JOB_SECONDS, ge=1, le=hooks.MAX_JOB_SECONDS, description="How long it may take.")

    def to_template(self) -> hooks.JobTemplate:
        return hooks.JobTemplate(manifest=Manifest(self.manifest), seconds=self.seconds)


class WindowInput(Input):
    """For how long a check tries, and how often."""

    seconds: int = Field(ge=1, le=checks.MAX_WINDOW_SECONDS)
    every: int = Field(ge=1, le=checks.MAX_EVERY_SECONDS, description="Seconds between two tries.")

    def to_window(self) -> checks.Window:
        return checks.Window(seconds=self.seconds, every=self.every)


class JobCheckInput(Input):
    """Passes if the Job completes."""

    job: JobInput
    scope: hooks.JobScope = hooks.JobScope.ENVIRONMENT


class HttpCheckInput(Input):
    """Passes at the first answer in the window that is as expected. Address and headers hold no credentials."""

    url: str = Field(max_length=checks.MAX_ADDRESS, examples=["https://shop.example/healthz"])
    window: WindowInput
    method: checks.HttpMethod = checks.HttpMethod.GET
    headers: Headers = Field(default_factory=dict)
    statuses: list[int] = Field(default=[200], min_length=1, max_length=checks.MAX_STATUSES)
    contains: str | None = Field(None, max_length=checks.MAX_TEXT, description="Text that the body has to contain.")
    pointer: str | None = Field(
        None, max_length=checks.MAX_TEXT, description="A JSON pointer (RFC 6901) into the body."
    )
    value: str | int | float | bool | None = Field(None, description="What is expected at the pointer.")

    def to_check(self) -> checks.HttpCheck:
        members = {name: getattr(self, name) for name in ("url", "method", "headers", "contains", "pointer", "value")}
        return checks.HttpCheck(**members, window=self.window.to_window(), statuses=tuple(self.statuses))


class PrometheusCheckInput(Input):
    """Passes if every value of the query stays within the bound until the window's end."""

    url: str = Field(max_length=checks.MAX_ADDRESS, examples=["https://prometheus.example"])
    query: str = Field(min_length=1, max_length=checks.MAX_QUERY)
    comparison: checks.ComparisonOperator
    bound: float
    window: WindowInput
    no_data: checks.NoData = checks.NoData.FAIL

    def to_check(self) -> checks.PrometheusCheck:
        members = {name: getattr(self, name) for name in ("url", "query", "comparison", "bound", "no_data")}
        return checks.PrometheusCheck(**members, window=self.window.to_window())


class CheckInput(Input):
    """What has to hold after a ring: one of `job`, `http` and `prometheus`."""

    name: CheckName
    job: JobCheckInput | None = None
    http: HttpCheckInput | None = None
    prometheus: PrometheusCheckInput | None = None

    @model_validator(mode="after")
    def _holds(self) -> Self:
        self.to_check()
        return self

    def to_check(self) -> checks.Check:
        """Raises `ValueError` for a check that asks nothing, several things, or what cannot be asked."""
        asked: list[checks.JobCheck | checks.HttpCheck | checks.PrometheusCheck] = []
        if self.job is not None:
            asked.append(checks.JobCheck(job=self.job.job.to_template(), scope=self.job.scope))
        if self.http is not None:
            asked.append(self.http.to_check())
        if self.prometheus is not None:
            asked.append(self.prometheus.to_check())
        if len(asked) != 1:
            raise ValueError("give one of job, http and prometheus")
        return checks.Check(name=self.name, asks=asked[0])


class HookInput(Input):
    """A Job before or after the change."""

    name: CheckName
    when: hooks.HookMoment
    scope: hooks.JobScope = hooks.JobScope.ENVIRONMENT
    job: JobInput

    @model_validator(mode="after")
    def _holds(self) -> Self:
        self.to_hook()
        return self

    def to_hook(self) -> hooks.Hook:
        """Raises `ValueError` for what no hook may say."""
        return hooks.Hook(name=self.name, when=self.when, scope=self.scope, job=self.job.to_template())


class JobTemplateRead(Output):
    """A Job to create."""

    manifest: dict[str, Any]
    seconds: int

    @model_validator(mode="before")
    @classmethod
    def _of(cls, value: Any) -> Any:
        return value.to_json() if isinstance(value, hooks.JobTemplate) else value


class HookRead(Output):
    """A Job before or after the change."""

    name: str
    when: hooks.HookMoment
    scope: hooks.JobScope
    job: JobTemplateRead


class WindowRead(Output):
    """For how long a check tries, and how often."""

    seconds: int
    every: int


class JobCheckRead(Output):
    """Passes if the Job completes."""

    job: JobTemplateRead
    scope: hooks.JobScope


class HttpCheckRead(Output):
    """Passes at the first answer in the window that is as expected."""

    url: str
    window: WindowRead
    method: checks.HttpMethod
    headers: dict[str, str]
    statuses: list[int]
    contains: str | None
    pointer: str | None
    value: str | int | float | bool | None


class PrometheusCheckRead(Output):
    """Passes if every value of the query stays within the bound until the window's end."""

    url: str
    query: str
    comparison: checks.ComparisonOperator
    bound: float
    window: WindowRead
    no_data: checks.NoData


class CheckRead(Output):
    """What has to hold after a ring: one of `job`, `http` and `prometheus`; the others are null."""

    name: str
    job: JobCheckRead | None
    http: HttpCheckRead | None
    prometheus: PrometheusCheckRead | None

    @model_validator(mode="before")
    @classmethod
    def _of(cls, value: Any) -> Any:
        if not isinstance(value, checks.Check):
            return value
        return {"job": None, "http": None, "prometheus": None, **value.to_json()}
