"""Fields of objects that are expected to differ between two environments of an application."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class ObjectField:
    """A field of an object, whatever version the object is read in; an empty `path` means the object as a whole.

    `path` reads like `spec.template.spec.containers[web].resources`, and stands for all that is below it.
    """

    group: str
    kind: str
    name: str
    path: str

    @property
    def label(self) -> str:
        """How a person calls it: `Deployment web: spec.replicas`."""
        return f"{self.kind} {self.name}" + (f": {self.path}" if self.path else "")

    def covers(self, other: "ObjectField") -> bool:
        """Whether the other field is this one, or below it."""
        if (self.group, self.kind, self.name) != (other.group, other.kind, other.name):
            return False
        return self.path in {"", other.path} or other.path.startswith((self.path + ".", self.path + "["))
