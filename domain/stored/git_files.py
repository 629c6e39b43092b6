"""Where the images of a workload stand in a Git repository, as an administrator has set it with the delivery `git`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from domain.words import FileForm

ValuePath = tuple[str | int, ...]
"""The keys and indices that lead to a value: `("image", "tag")`."""

_PARTS = ("reference", "registry", "repository", "tag", "digest")


@dataclass(frozen=True, kw_only=True)
class ImageValues:
    """The paths of a values file at which one container's image stands: as a whole (`reference`), or in parts."""

    container: str
    reference: ValuePath | None = None
    registry: ValuePath | None = None
    repository: ValuePath | None = None
    tag: ValuePath | None = None
    digest: ValuePath | None = None

    @property
    def paths(self) -> dict[str, ValuePath | None]:
        return {part: getattr(self, part) for part in _PARTS}

    def to_json(self) -> dict[str, Any]:
        paths = {part: list(path) for part, path in self.paths.items() if path is not None}
        return {"container": self.container, **paths}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(container=stored["container"], **{part: tuple(stored[part]) for part in _PARTS if part in stored})


@dataclass(frozen=True, kw_only=True)
class GitFile:
    """The file that names a workload's images, in a stored repository; `paths` holds those of clusters that differ.

    `values` says where in a file of the form `values`, container by container.
    """

    repository: str
    branch: str
    path: str
    form: FileForm
    values: tuple[ImageValues, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)

    def on(self, cluster: str) -> str:
        """The path of the file for one cluster."""
        return self.paths.get(cluster, self.path)

    def to_json(self) -> dict[str, Any]:
        return {
            "repository": self.repository,
            "branch": self.branch,
            "path": self.path,
            "form": self.form.value,
            "values": [each.to_json() for each in self.values],
            "paths": dict(self.paths),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            repository=stored["repository"],
            branch=stored["branch"],
            path=stored["path"],
            form=FileForm(stored["form"]),
            values=tuple(map(ImageValues.from_json, stored["values"])),
            paths=dict(stored["paths"]),
        )
