"""Values of `push_decision`: image pushes, the containers that may run them, and the verdicts. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.image_references import try_parse_image
from domain.images import ContainerKey, ContainerRef
from domain.resources import ResourceId
from domain.words import DeployMode, Verdict
from services.planning.policies.tags import Candidate, ImagePolicies


@dataclass(frozen=True, kw_only=True)
class Running:
    """A container and what it runs: `name` as its manifest spells it, `repository` folded for comparing."""

    container: ContainerRef
    name: str
    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def of(cls, container: ContainerRef, reference: str, *, digest: str | None = None) -> "Running | None":
        """`digest` is what pods report, where the reference names none. None for a text that is no reference."""
        parsed = try_parse_image(reference)
        if parsed is None:
            return None
        return cls(
            container=container,
            name=parsed.name,
            repository=parsed.full_name,
            tag=parsed.effective_tag,
            digest=parsed.digest or digest,
        )


@dataclass(frozen=True, kw_only=True)
class ImagePush:
    """A tag that was pushed; `repository` is folded."""

    push: int
    repository: str
    tag: str
    digest: str | None = None
    built_at: datetime | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(tag=self.tag, push=self.push, digest=self.digest, built_at=self.built_at)


@dataclass(frozen=True, kw_only=True)
class PriorVerdict:
    """An arrival upon which was decided before; `under_way` says that its operation has not ended."""

    image_push: ImagePush
    verdict: Verdict
    containers: tuple[ContainerKey, ...] = ()
    under_way: bool = False


@dataclass(frozen=True, kw_only=True)
class PushFacts:
    """An app environment, what is new for it, and what of former arrivals is open or was taken."""

    mode: DeployMode
    policies: ImagePolicies
    running: tuple[Running, ...]
    image_pushes: tuple[ImagePush, ...] = ()
    prior: tuple[PriorVerdict, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JudgedPush:
    """What becomes of an arrival; `containers` are those that it is about, `by_push` what superseded it."""

    push: int
    verdict: Verdict
    containers: tuple[ContainerRef, ...]
    code: str | None = None
    reason: str | None = None
    by_push: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewImage:
    """A container and the arrival that it is to run."""

    container: ContainerRef
    image_push: ImagePush
    image: str  # as it is to be written


@dataclass(frozen=True, kw_only=True)
class PushDecision:
    """`verdicts` are of what is new and of what has changed; `next` and `offered` are what waits, newest alone.

    `unmatched` are arrivals of which no container here runs the repository.
    """

    verdicts: tuple[JudgedPush, ...]
    next: tuple[NewImage, ...]
    offered: tuple[NewImage, ...]
    unmatched: tuple[int, ...]

    @property
    def pushes(self) -> tuple[int, ...]:
        """The arrivals that the next deployment carries out."""
        return tuple(sorted({image.image_push.push for image in self.next}))


@dataclass(frozen=True, kw_only=True)
class TagPreview:
    """Whether a container would take a known tag; `newest` is the one that would be chosen of all that are taken."""

    container: ContainerRef
    image_push: ImagePush
    taken: bool
    newest: bool
    rule: str | None = None
    reason: str | None = None


def containers_json(containers: Iterable[ContainerRef]) -> tuple[dict[str, Any], ...]:
    """As the rows of verdicts keep them."""
    return tuple({"workload": each.workload.to_json(), "container": each.container} for each in containers)


def container_keys(stored: Iterable[Mapping[str, Any]]) -> tuple[ContainerKey, ...]:
    """The containers of a row that `containers_json` wrote."""
    return tuple(
        ContainerRef(workload=ResourceId.from_json(each["workload"]), container=str(each["container"])).key
        for each in stored
    )
