"""Where a file names the image of a container: in a manifest, at paths of a values file, in a kustomization. Pure."""

from dataclasses import dataclass

from domain.declared_kinds import Declaration
from services.planning.git.yaml_places import Path


@dataclass(frozen=True, kw_only=True)
class ManifestEdit:
    """The image of a container in a manifest, whichever other objects the file has.

    `declared` says how an object of a declared kind spells its images; the container is the path of the image then.
    """

    group: str
    kind: str
    name: str
    container: str
    declared: Declaration | None = None


@dataclass(frozen=True, kw_only=True)
class ValuesEdit:
    """The paths of a values file at which an image stands: as a whole (`reference`), or in parts.

    With a path of the `registry`, that of the `repository` has the rest of the name; else it has the whole name. A
    digest without a path of its own goes behind the tag: charts put both behind the repository.
    """

    reference: Path | None = None
    registry: Path | None = None
    repository: Path | None = None
    tag: Path | None = None
    digest: Path | None = None

    def __post_init__(self) -> None:
        parts = (self.registry, self.repository, self.tag, self.digest)
        if (self.reference is None) == (parts == (None,) * 4):
            raise ValueError("An image stands in a values file either as a whole or in parts.")
        if self.reference is None and self.tag is None and self.digest is None:
            raise ValueError("Of an image in parts, a path of the tag or of the digest is needed.")
        if self.registry is not None and self.repository is None:
            raise ValueError("With a path of the registry, one of the repository is needed.")


@dataclass(frozen=True, kw_only=True)
class KustomizationEdit:
    """The entry of `images` in a kustomization that has this name: the image's name in its base, without a tag.

    Without a name, it is the one that gives containers the image which the workload has now.
    """

    name: str | None = None


ImageEdit = ManifestEdit | ValuesEdit | KustomizationEdit


@dataclass(frozen=True, kw_only=True)
class ChangedLine:
    """A line of a file as it is and as it becomes, from 1; None where it is added or removed."""

    number: int
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class EditedFile:
    """The text of a file with its new image, and the lines that differ; none where it has the image already."""

    text: str
    lines: tuple[ChangedLine, ...]
