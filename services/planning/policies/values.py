"""Values of `push_decision`: image pushes, the containers that may run them, and the verdicts. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.image_mappings import ImageMapping, copied_from
from domain.image_references import try_parse_image
from domain.images import ContainerKey, ContainerRef
from domain.words import DeployMode, Verdict
from services.planning.policies.tags import Candidate, ImagePolicies


@dataclass(frozen=True, kw_only=True)
class Running:
    """A container and what it runs: `name` as its manifest spells it, `repository` normalised for comparison.

    `copied_from` is the repository whose images are copied to that one before they run here; None where none are.
    """

    container: ContainerRef
    name: str
    repository: str
    tag: str | None
    digest: str | None
    copied_from: str | None = None

    @classmethod
    def of(
        cls,
        container: ContainerRef,
        reference: str,
        *,
        digest: str | None = None,
        mappings: Iterable[ImageMapping] = (),
    ) -> "Running | None":
        """What a `reference` names; `digest` is used where it names none. None for a text that is no reference."""
        parsed = try_parse_image(reference)
        if parsed is None:
            return None
        return cls(
            container=container,
            name=parsed.name,
            repository=parsed.full_name,
            tag=parsed.effective_tag,
            digest=parsed.digest or digest,
            copied_from=copied_from(parsed.full_name, mappings),
        )

    @property
    def repositories(self) -> tuple[str, ...]:
        """Those whose pushes this container may run."""
        return (self.repository,) if self.copied_from is None else (self.repository, self.copied_from)

    def takes(self, image_push: "ImagePush") -> bool:
        """Whether it may run the image push: under the name that it has here."""
        return image_push.repository in self.repositories


@dataclass(frozen=True, kw_only=True)
class ImagePush:
    """A pushed tag; `push` is its number, `repository` is normalised for comparison."""

    push: int
    repository: str
    tag: str
    digest: str | None = None
    built_at: datetime | None = None
    doubt: str | None = None  # why nobody could confirm that it is an image; None if its registry did

    @property
    def candidate(self) -> Candidate:
        return Candidate(tag=self.tag, push=self.push, digest=self.digest, built_at=self.built_at)


@dataclass(frozen=True, kw_only=True)
class PriorVerdict:
    """An image push with an earlier verdict; `under_way` says that its operation has not ended."""

    image_push: ImagePush
    verdict: Verdict
    containers: tuple[ContainerKey, ...] = ()
    under_way: bool = False


@dataclass(frozen=True, kw_only=True)
class PushFacts:
    """An app environment, its new image pushes, and the prior verdicts that are open or were deployed."""

    mode: DeployMode
    policies: ImagePolicies
    running: tuple[Running, ...]
    image_pushes: tuple[ImagePush, ...] = ()
    prior: tuple[PriorVerdict, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JudgedPush:
    """The verdict on an image push; `containers` have this verdict, `by_push` is the push that superseded it."""

    push: int
    verdict: Verdict
    containers: tuple[ContainerRef, ...]
    code: str | None = None
    reason: str | None = None
    by_push: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewImage:
    """A container and the image push that it shall run."""

    container: ContainerRef
    image_push: ImagePush
    image: str  # the reference to write into the workload


@dataclass(frozen=True, kw_only=True)
class PushDecision:
    """`verdicts` are the new and the changed ones; `next` and `offered` hold the newest waiting image by container.

    `unmatched` are the image pushes whose repository no container here runs.
    """

    verdicts: tuple[JudgedPush, ...]
    next: tuple[NewImage, ...]
    offered: tuple[NewImage, ...]
    unmatched: tuple[int, ...]

    @property
    def pushes(self) -> tuple[int, ...]:
        """The numbers of the image pushes that the next deployment deploys, ascending."""
        return tuple(sorted({image.image_push.push for image in self.next}))


@dataclass(frozen=True, kw_only=True)
class TagPreview:
    """Whether the policies accept a known tag for a container (`taken`), and whether it is the newest of these."""

    container: ContainerRef
    image_push: ImagePush
    taken: bool
    newest: bool
    rule: str | None = None
    reason: str | None = None
