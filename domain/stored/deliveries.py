"""The events that a delivery to a receiver reported, as its row keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from domain.stored.versions import check_version


@dataclass(frozen=True, kw_only=True)
class ReportedEvent:
    """A pushed `image` with its tag (`digest`: as the sender reported it), or an event that is `ignored`.

    `ignored` is a stable code, `reason` the same as a sentence; both are None for an image, `image` is None otherwise.
    """

    VERSION: ClassVar[int] = 1

    image: str | None = None
    digest: str | None = None
    ignored: str | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        if self.image is not None:
            return {"version": self.VERSION, "image": self.image, "digest": self.digest}
        return {"version": self.VERSION, "ignored": self.ignored, "reason": self.reason}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="event of a delivery", newest=cls.VERSION)
        return cls(
            image=stored.get("image"),
            digest=stored.get("digest"),
            ignored=stored.get("ignored"),
            reason=stored.get("reason"),
        )
