"""A consent that an administrator stores for all changes of images in an app environment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from domain.words import ImageConsent


@dataclass(frozen=True, kw_only=True)
class StoredConsent:
    """Which consent, who gave it, and when."""

    consent: ImageConsent
    given_by: str
    given_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"consent": self.consent.value, "given_by": self.given_by, "given_at": self.given_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            consent=ImageConsent(stored["consent"]),
            given_by=stored["given_by"],
            given_at=datetime.fromisoformat(stored["given_at"]),
        )


def held_consents(stored: Iterable[Mapping[str, Any]]) -> tuple[StoredConsent, ...]:
    """The consents that a row holds.

    Rows of the former release may still have `owned-until-next-upgrade`, for its processes: an image delivery has
    taken its place.
    """
    return tuple(
        each
        for each in map(StoredConsent.from_json, stored)
        if each.consent is not ImageConsent.OWNED_UNTIL_NEXT_UPGRADE
    )
