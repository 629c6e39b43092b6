"""Bringing a cluster level with the others of its environment, in the contract."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Input, Name, Output, PlanDigest, ResourceRead, Text
from api.schemas.copying import CopyPlanRead
from api.schemas.operations import OperationRead
from domain.words import OnConflict
from services.changes.levelling import LevelRequest
from services.planning.levels.plan import LevelState


class LevelCreate(Input):
    """Bring the cluster level: in the named applications, or in all that the caller may import into."""

    applications: Annotated[list[Name], Field(min_length=1, max_length=200, examples=[["shop", "checkout"]])] | None = (
        None
    )
    source_cluster: Name | None = Field(
        None, description="The cluster to copy from. By default the environment's first other one that answers."
    )
    on_conflict: OnConflict = OnConflict.FAIL
    allow: list[Text] = Field(
        default_factory=list,
        max_length=50,
        description="Consents that the plan's problems, or the resources that it leaves out, ask for.",
        examples=[["registry-credentials"]],
    )
    suspend_cron_jobs: bool | None = Field(
        None, description="Null: copied CronJobs are suspended if those of the source are not."
    )
    plan_digest: PlanDigest | None = None

    def to_request(self) -> LevelRequest:
        return LevelRequest(
            applications=tuple(self.applications) if self.applications is not None else None,
            source_cluster=self.source_cluster,
            on_conflict=self.on_conflict,
            allow=tuple(self.allow),
            suspend_cron_jobs=self.suspend_cron_jobs,
            plan_digest=self.plan_digest,
        )


class LeftOutRead(Output):
    """A resource that is not copied."""

    resource: ResourceRead
    reason: str
    consent: str | None = Field(description="The consent in `allow` that permits copying it.")


class LevelFailureRead(Output):
    """Why an application could not be planned."""

    code: str
    detail: str


class LevelMemberRead(Output):
    """How the cluster stands with one application, and what bringing it level would do."""

    application: str
    state: LevelState = Field(
        description="`level`; `lacking` where resources or images are missing or differ; `blocked` where a problem of "
        "the plan is in the way as well; `unknown` where the cluster, or all others, could not be read."
    )
    plan: CopyPlanRead | None = Field(description="Null where `failure` says why there is none.")
    left_out: list[LeftOutRead] = Field(description="What is not copied although it belongs to the application.")
    failure: LevelFailureRead | None


class LevelPlanRead(Output):
    """What a cluster lacks of what the others of its environment have, application by application."""

    digest: str = Field(description="Send it as `plan_digest` to execute this plan or none.")
    environment: str
    cluster: str
    members: list[LevelMemberRead]
    not_permitted: list[str] = Field(
        description="Applications that the caller sees here and may not import into: they are left out."
    )
    blocked: bool = Field(description="Whether a problem of any application prevents execution.")
    nothing_to_do: bool


class NotStartedRead(Output):
    """An application whose operation was not started, while those of others were."""

    application: str
    code: str = Field(description="The code of the problem.", examples=["approval-required"])
    detail: str


class LevelStartRead(Output):
    """The operations that bring the cluster level: one for each application that lacked something."""

    operations: list[OperationRead]
    not_started: list[NotStartedRead]
