"""RFC 9457 problem documents: the one shape of every error answer."""

from pydantic import ConfigDict, Field

from api.schemas.base import Moment, Output, PlanProblemRead, ResourceRead, ResourceText
from api.schemas.copying import CopyPlanRead, ManifestMistake
from api.schemas.drift import AcceptancePlanRead
from api.schemas.gates import GateRead
from api.schemas.levels import LevelPlanRead
from api.schemas.promotion_sets import PromotionSetPlanRead
from api.schemas.promotions import PromotionPlanRead, SkewRead

PROBLEM_JSON = "application/problem+json"


class InvalidField(Output):
    """One member of the request that is not valid."""

    field: str = Field(description="Where it is, as `body.clusters[0]` or `query.limit`.", examples=["body.name"])
    code: str = Field(description="What is wrong with it, for programs.", examples=["string_pattern_mismatch"])
    message: str = Field(description="What is wrong with it, for people. The value itself is never repeated.")
    line: int | None = Field(None, description="Its line in submitted YAML, from 1.")


class Problem(Output):
    """An error response. `code` is stable; further members say where, as far as they apply."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The kind of problem as a URI reference.", examples=["/problems/not-found"])
    title: str = Field(description="The kind of problem, the same at every occurrence.", examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(
        description="What happened, where, and what to do.", examples=["There is no cluster named 'x'."]
    )
    code: str = Field(description="The kind of problem, for programs.", examples=["not-found"])
    request_id: str = Field(description="Names this request in the service's log.")
    errors: list[InvalidField] | None = Field(None, description="422: every member that is not valid.")
    field: str | None = Field(None, description="The member of the request that the problem is about.")
    line: int | None = Field(None, description="The line of submitted YAML that the problem is about, from 1.")
    what: str | None = Field(None, description="What kind of thing `name` names, as 'cluster'.")
    name: str | None = Field(None, description="The name that is unknown, taken or in use.")
    cluster: str | None = Field(None, description="The cluster that the problem is about.")
    resource: ResourceText = None
    resource_ref: ResourceRead | None = Field(None, description="The resource that the problem is about.")
    operation: str | None = Field(None, description="The id of the operation that the problem is about.")
    environment: str | None = Field(None, description="The environment that the problem is about.")
    namespace: str | None = Field(None, description="The namespace in which the application is configured already.")
    missing_rights: list[str] | None = Field(
        None, description="All rights that the cluster's credential lacks.", examples=[["patch deployments.apps"]]
    )
    registry: str | None = Field(None, description="The image registry that the problem is about.")
    repository: str | None = Field(None, description="The repository in the registry.")
    tag: str | None = Field(None, description="The tag or digest in the repository.")
    retry_at: Moment | None = Field(None, description="When the registry takes requests again.")
    retry_after_seconds: int | None = Field(None, description="429: seconds until the request is admitted.")
    used_by: list[str] | None = Field(None, description="What still uses the resource that was to be deleted.")
    promotion_set: str | None = Field(
        None, description="`part-of-set`: the id of the promotion set that decides about the operation."
    )
    values: list[str] | None = Field(None, description="The values that a retry has to send again.")
    mistakes: list[ManifestMistake] | None = Field(None, description="Everything that is wrong with submitted YAML.")
    gates: list[GateRead] | None = Field(
        None, description="`gate-closed`, `approval-required`: the gates that are in the way."
    )
    problems: list[PlanProblemRead] | None = Field(None, description="All problems of the plan, over all clusters.")


class CopyProblem(Problem):
    """A problem of a copy; with code `plan-outdated` it carries the plan as it is now."""

    plan: CopyPlanRead | None = Field(None, description="The plan as it is now.")


class PromotionProblem(Problem):
    """A problem of a change of images; `plan-outdated` carries the plan as it is now, `source-skew` the skew."""

    plan: PromotionPlanRead | None = Field(None, description="The plan as it is now.")
    skew: list[SkewRead] | None = Field(None, description="The images that the source clusters run.")


class PromotionSetProblem(Problem):
    """A problem of a promotion set; `plan-outdated` and `plan-blocked` carry the plan as it is now."""

    plan: PromotionSetPlanRead | None = Field(None, description="The plan as it is now.")
    skew: list[SkewRead] | None = Field(None, description="The images that the source clusters run.")


class LevelProblem(Problem):
    """A problem of bringing a cluster level; `plan-outdated` and `plan-blocked` carry the plan as it is now."""

    plan: LevelPlanRead | None = Field(None, description="The plan as it is now.")


class AcceptanceProblem(Problem):
    """A problem of accepting what runs; with code `plan-outdated` it carries the plan as it is now."""

    plan: AcceptancePlanRead | None = Field(None, description="The plan as it is now.")
