"""The change of one image in the text of a file, in the contract."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.base import Input, Output, ResourceInput, Text
from domain.stored.git_files import ValuePath
from services.planning.git.image_edits import ImageEdit, KustomizationEdit, ManifestEdit, ValuesEdit

_Part = Annotated[Text, Field(min_length=1, max_length=500)]
_Image = Annotated[Text, Field(min_length=1, max_length=2048)]
_Path = Annotated[list[_Part | int], Field(min_length=1, max_length=30)]


class ImageInManifest(Input):
    """A container of a workload, in a file with manifests."""

    file: Literal["manifest"]
    workload: ResourceInput
    container: _Part = Field(examples=["web"])

    def to_edit(self) -> ImageEdit:
        kind = self.workload.to_id().kind
        return ManifestEdit(group=kind.group, kind=kind.name, name=self.workload.name, container=self.container)


class ImageValuePaths(Input):
    """Paths of a values file: that of the whole `reference`, or those of its parts.

    With `registry`, the `repository` has the rest of the name. A digest without a path of its own goes behind the tag.
    """

    reference: _Path | None = None
    registry: _Path | None = None
    repository: _Path | None = None
    tag: _Path | None = Field(None, examples=[["image", "tag"]])
    digest: _Path | None = None

    @model_validator(mode="after")
    def _is_whole_or_in_parts(self) -> Self:
        ValuesEdit(**self.paths)  # raises ValueError
        return self

    @property
    def paths(self) -> dict[str, ValuePath | None]:
        """By the part of the image."""
        given = {part: getattr(self, part) for part in ("reference", "registry", "repository", "tag", "digest")}
        return {part: tuple(path) if path is not None else None for part, path in given.items()}


class ImageInValues(ImageValuePaths):
    """Paths of a values file: that of the whole `reference`, or those of its parts.

    With `registry`, the `repository` has the rest of the name. A digest without a path of its own goes behind the tag.
    """

    file: Literal["values"]

    def to_edit(self) -> ImageEdit:
        return ValuesEdit(**self.paths)


class ImageInKustomization(Input):
    """The entry under `images` in a kustomization."""

    file: Literal["kustomization"]
    name: _Part | None = Field(
        None,
        description="The image's name in the base, without a tag. Left out: that of the entry which brings `before`.",
        examples=["shop/web"],
    )

    def to_edit(self) -> ImageEdit:
        return KustomizationEdit(name=self.name)


class ImageChangeInput(Input):
    """Where a file names an image, and which image takes the place of which."""

    place: Annotated[ImageInManifest | ImageInValues | ImageInKustomization, Field(discriminator="file")]
    before: _Image = Field(description="The image that the workload has.", examples=["shop/web:1.4.2"])
    after: _Image = Field(examples=["shop/web:1.5.0"])


class ImageEditRequest(ImageChangeInput):
    """A file, where it names an image, and which image takes the place of which. No cluster is contacted."""

    text: Text = Field(description="The content of the file.", max_length=262_144)


class ChangedLineRead(Output):
    """A line of the file that changes."""

    number: int = Field(description="From 1.")
    before: str | None = Field(description="Null if it is added.")
    after: str | None = Field(description="Null if it is removed.")


class ImageEditRead(Output):
    """The file with its new image."""

    text: str = Field(description="The content to commit.")
    lines: list[ChangedLineRead] = Field(description="What changes; empty if the file names the image already.")
