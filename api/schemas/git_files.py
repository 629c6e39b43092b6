"""Files and folders of Git repositories that app environments are delivered from, in the contract."""

from typing import Annotated, Self

from pydantic import Field

from api.schemas.base import Input, Output, Text
from api.schemas.git_repositories import Branch, FilePath
from api.schemas.image_edits import ImageValuePaths
from domain.stored.git_files import GitFile, ImageValues
from domain.stored.git_folders import GitFolder
from domain.words import FileForm

_Name = Annotated[Text, Field(min_length=1, max_length=253)]


class ImageValuesInput(ImageValuePaths):
    """Where a values file has the image of one container."""

    container: _Name = Field(examples=["web"])

    def to_values(self) -> ImageValues:
        return ImageValues(container=self.container, **self.paths)


class GitFileInput(Input):
    """The file of a stored Git repository that names a workload's images."""

    repository: _Name = Field(description="By the name that it has in Stagecoach.", examples=["shop-config"])
    branch: Branch
    path: FilePath
    form: FileForm = Field(
        description="`kustomization`: under `images`, in the entry that brings the image now. `values`: in a values "
        "file. `manifest`: in the containers of the workload itself."
    )
    values: list[ImageValuesInput] = Field(
        default_factory=list, max_length=50, description="Of the form `values`: where, container by container."
    )
    paths: dict[_Name, FilePath] = Field(
        default_factory=dict, max_length=500, description="Of clusters that have a file of their own, by their names."
    )

    def to_file(self) -> GitFile:
        return GitFile(
            repository=self.repository,
            branch=self.branch,
            path=self.path,
            form=self.form,
            values=tuple(each.to_values() for each in self.values),
            paths=self.paths,
        )


class ImageValuesRead(Output):
    """Where a values file has the image of one container: as a whole (`reference`), or in parts."""

    container: str
    reference: list[str | int] | None
    registry: list[str | int] | None
    repository: list[str | int] | None
    tag: list[str | int] | None
    digest: list[str | int] | None


class GitFileRead(Output):
    """The file of a stored Git repository that names a workload's images."""

    repository: str
    branch: str
    path: str
    form: FileForm
    values: list[ImageValuesRead]
    paths: dict[str, str] = Field(description="Of clusters that have a file of their own, by their names.")

    @classmethod
    def of(cls, file: GitFile) -> Self:
        return cls.model_validate(file, from_attributes=True)


class GitFolderInput(Input):
    """The folder of a stored Git repository into which configuration is copied instead of the clusters."""

    repository: _Name = Field(description="By the name that it has in Stagecoach.", examples=["shop-config"])
    branch: Branch
    path: FilePath
    paths: dict[_Name, FilePath] = Field(
        default_factory=dict, max_length=500, description="Of clusters that have a folder of their own, by their names."
    )

    def to_folder(self) -> GitFolder:
        return GitFolder(repository=self.repository, branch=self.branch, path=self.path, paths=self.paths)


class GitFolderRead(Output):
    """The folder of a stored Git repository into which configuration is copied instead of the clusters."""

    repository: str
    branch: str
    path: str
    paths: dict[str, str] = Field(description="Of clusters that have a folder of their own, by their names.")
