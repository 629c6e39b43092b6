"""Image pushes, image policies and deploy modes in the contract."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool

from api.schemas.base import Input, Moment, Output, PageRead, ResourceRead, Text
from api.schemas.containers import ContainerRead
from domain.words import DeployMode, ImagePushOrigin, ImagePushState, OperationState, Verdict
from services.errors import InvalidRequestError
from services.planning.policies.explanation_facts import AnswerCode
from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.tags import ImagePolicies, Newest
from services.planning.policies.values import NewImage, TagPreview
from services.pushes.image_policies import ModePreview
from services.pushes.images import Explained, KnownImage

Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", examples=["1.5.0"])]
_Pattern = Annotated[Text, Field(min_length=1, max_length=200)]


class KnownImageRead(Output):
    """An image push, and the verdict on it in an app environment."""

    push: int = Field(description="The push number: ascending in the order in which pushes were discovered.")
    repository: str = Field(description="With its registry.", examples=["registry.example/shop/web"])
    tag: str
    digest: str | None
    resolved: bool = Field(
        description="Whether the registry itself returned the digest; otherwise the sender reported it."
    )
    platforms: list[str]
    built_at: Moment | None
    discovered_at: Moment
    origin: ImagePushOrigin
    state: ImagePushState = Field(description="`waiting` and `ready` pushes are not judged yet.")
    verdict: Verdict | None = Field(description="What becomes of it here; null while it is not judged.")
    rule: str | None = Field(
        description="Stable, for programs: the rule that refused it, the problem that blocks it, or why its registry "
        "has not been queried yet.",
        examples=["downgrade"],
    )
    reason: str | None = Field(description="In plain words.")
    operation: str | None = Field(description="The id of the operation that deploys or deployed it.")
    operation_state: OperationState | None = Field(
        description="The state of that operation. The verdict stays `deploying` after it has ended."
    )
    offered: bool = Field(description="Whether it waits for a person to deploy it.")
    containers: list[ContainerRead] = Field(description="The containers here that run its repository.")

    @classmethod
    def of(cls, known: KnownImage) -> Self:
        image_push, verdict = known.image_push, known.verdict
        return cls.model_validate(
            {
                **{name: value for name, value in vars(image_push).items() if name in cls.model_fields},
                "resolved": image_push.resolved,
                "verdict": verdict.verdict if verdict else None,
                "rule": verdict.code if verdict else image_push.code,
                "reason": verdict.reason if verdict else image_push.reason,
                "operation": verdict.operation_id if verdict else None,
                "operation_state": known.operation,
                "offered": known.offered,
                "containers": list(verdict.containers) if verdict else [],
            }
        )


class KnownImagePage(PageRead[KnownImageRead]):
    """Pushed images, the newest first."""


class WhyRead(Output):
    """Why a tag does not run in an app environment, or since when it does."""

    code: AnswerCode
    sentence: str = Field(examples=["Staging is on manual: 1.5.0 is offered there, and waits for a person."])
    details: dict[str, Any] = Field(description="The facts in the sentence; the members depend on `code`.")
    image: KnownImageRead | None

    @classmethod
    def of(cls, explained: Explained) -> Self:
        answer = explained.answer
        return cls(
            code=answer.code,
            sentence=answer.sentence,
            details=answer.details,
            image=KnownImageRead.of(explained.image) if explained.image else None,
        )


class SelectAny(Input):
    """Every tag."""

    kind: Literal["any"]


class SelectExact(Input):
    """These tags."""

    kind: Literal["exact"]
    tags: list[Tag] = Field(min_length=1, max_length=100)


class SelectGlob(Input):
    """Tags that fit a pattern: `*` is any text, `?` any one character."""

    kind: Literal["glob"]
    pattern: _Pattern = Field(examples=["release-*"])


class SelectRegex(Input):
    """Tags that a regular expression (RE2) matches as a whole."""

    kind: Literal["regex"]
    pattern: _Pattern = Field(examples=["build-([0-9]+)"])


class SelectSemver(Input):
    """Versions in a range."""

    kind: Literal["semver"]
    range: _Pattern = Field(examples=["^1.4.0"])
    prereleases: StrictBool = False


SelectInput = Annotated[SelectAny | SelectExact | SelectGlob | SelectRegex | SelectSemver, Field(discriminator="kind")]


class MatchInput(Input):
    """What a rule applies to: a container, a repository, both, or everything. The most specific rule applies."""

    container: str | None = Field(None, pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["web"])
    repository: Text | None = Field(None, min_length=1, max_length=500, examples=["registry.example/shop/web"])


class PolicyRuleInput(Input):
    """Which tags are accepted, and which of them is the newest."""

    # Factories, because client generators cannot write a default that is an object.
    match: MatchInput = Field(default_factory=MatchInput, description="If left out, the rule applies to every image.")
    select: SelectInput = Field(
        default_factory=lambda: SelectAny(kind="any"), description="If left out, every tag is accepted."
    )
    newest_by: Newest = Newest.PUSH
    allow: list[_Pattern] = Field(default_factory=list, max_length=100, description="Globs; empty allows all.")
    deny: list[_Pattern] = Field(
        default_factory=list, max_length=100, description="Globs; they take precedence over `allow`."
    )
    allow_downgrade: StrictBool = False


class ImagePoliciesInput(Input):
    """The rules of an app environment, all of them."""

    rules: list[PolicyRuleInput] = Field(max_length=100)

    def to_policies(self) -> ImagePolicies:
        """Raises `InvalidRequestError` for what the schema cannot say, as a pattern that RE2 refuses."""
        try:
            return parse_policies({"rules": [each.model_dump(mode="json", exclude_none=True) for each in self.rules]})
        except PolicyError as error:
            raise InvalidRequestError(error.detail, field=f"body.{error.field}") from None


class PolicyPreviewRequest(ImagePoliciesInput):
    """Rules to preview on the known tags, and on further ones."""

    tags: list[Tag] = Field(
        default_factory=list, max_length=50, description="Further tags, as if they were pushed now in this order."
    )


class MatchRead(Output):
    """What a rule applies to."""

    container: str | None
    repository: str | None


class SelectRead(Output):
    """Which tags a rule selects; members that its kind does not have are null."""

    kind: Literal["any", "exact", "glob", "regex", "semver"]
    tags: list[str] | None
    pattern: str | None
    range: str | None
    prereleases: bool | None
    description: str = Field(description="In plain words.", examples=["versions in '^1.4.0'"])


class PolicyRuleRead(Output):
    """Which tags are accepted, and which of them is the newest."""

    match: MatchRead
    select: SelectRead
    newest_by: Newest
    allow: list[str]
    deny: list[str]
    allow_downgrade: bool


class ImagePoliciesRead(Output):
    """The rules of an app environment. If none applies, every tag but a lower version is accepted."""

    rules: list[PolicyRuleRead]

    @classmethod
    def of(cls, policies: ImagePolicies) -> Self:
        nothing = {"tags": None, "pattern": None, "range": None, "prereleases": None}
        return cls.model_validate(
            {
                "rules": [
                    {
                        **policy.to_json(),
                        "match": {"container": scope.container, "repository": scope.repository},
                        "select": {
                            **nothing,
                            **policy.select.to_json(),
                            "description": policy.select.describe(),
                        },
                    }
                    for scope, policy in policies.rules
                ]
            }
        )


class TagPreviewRead(Output):
    """How rules would judge a tag."""

    tag: str
    digest: str | None
    push: int
    taken: bool
    chosen: bool = Field(description="Whether it is the newest accepted one.")
    rule: str | None = Field(description="The rule that refuses it.")
    reason: str | None


class ContainerPreviewRead(Output):
    """How rules would judge the known tags of a container's repository."""

    workload: ResourceRead
    container: str
    repository: str
    tags: list[TagPreviewRead] = Field(description="The newest push first.")
    chosen: str | None = Field(description="The newest accepted tag.")


class PolicyPreviewRead(Output):
    """How rules would judge the known tags, container by container."""

    containers: list[ContainerPreviewRead]

    @classmethod
    def of(cls, previews: tuple[TagPreview, ...]) -> Self:
        by_container: dict[Any, list[TagPreview]] = {}
        for each in previews:
            by_container.setdefault((each.container.key, each.image_push.repository), []).append(each)
        return cls.model_validate({"containers": [_container_preview(each) for each in by_container.values()]})


class DeployModePreviewRequest(Input):
    """The deploy mode to preview."""

    deploy_mode: DeployMode


class NextImageRead(Output):
    """An image that would be written to a container."""

    workload: ResourceRead
    container: str
    image: str = Field(examples=["registry.example/shop/web:1.5.0@sha256:0123"])
    tag: str
    digest: str | None
    push: int


class DeployModePreviewRead(Output):
    """What setting a deploy mode would start."""

    deploy_mode: DeployMode
    sentence: str = Field(description="In plain words: what would happen.")
    next: list[NextImageRead] = Field(description="What would be deployed at once.")
    offered: list[NextImageRead] = Field(description="What would wait for a person.")

    @classmethod
    def of(cls, preview: ModePreview) -> Self:
        return cls.model_validate(
            {
                "deploy_mode": preview.deploy_mode,
                "sentence": preview.sentence,
                "next": [_next_image(each) for each in preview.next],
                "offered": [_next_image(each) for each in preview.offered],
            }
        )


def _container_preview(tags: list[TagPreview]) -> dict[str, Any]:
    first = tags[0]
    newest_first = sorted(tags, key=lambda each: each.image_push.push, reverse=True)
    return {
        "workload": first.container.workload,
        "container": first.container.container,
        "repository": first.image_push.repository,
        "tags": [
            {
                "tag": each.image_push.tag,
                "digest": each.image_push.digest,
                "push": each.image_push.push,
                "taken": each.taken,
                "chosen": each.newest,
                "rule": each.rule,
                "reason": each.reason,
            }
            for each in newest_first
        ],
        "chosen": next((each.image_push.tag for each in tags if each.newest), None),
    }


def _next_image(image: NewImage) -> dict[str, Any]:
    return {
        "workload": image.container.workload,
        "container": image.container.container,
        "image": image.image,
        "tag": image.image_push.tag,
        "digest": image.image_push.digest,
        "push": image.image_push.push,
    }
