"""The folder of a Git repository into which configuration is copied, as an administrator has set it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class GitFolder:
    """A folder of a stored repository; `paths` holds those of clusters that have a folder of their own."""

    repository: str
    branch: str
    path: str
    paths: Mapping[str, str] = field(default_factory=dict)

    def on(self, cluster: str) -> str:
        """The path of the folder for one cluster."""
        return self.paths.get(cluster, self.path)

    def to_json(self) -> dict[str, Any]:
        return {"repository": self.repository, "branch": self.branch, "path": self.path, "paths": dict(self.paths)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            repository=stored["repository"],
            branch=stored["branch"],
            path=stored["path"],
            paths=dict(stored["paths"]),
        )
