"""An upload under way, as a registry's answers describe it. Pure."""

import re
from dataclasses import dataclass, field

from yarl import URL

from services.registry.errors import RegistryMalformedError, Subject
from services.registry.transport import Answer, target_of

_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,18})")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Where the next bytes go to, and how many have come. The URL may be proof enough to write: no `repr` shows it."""

    subject: Subject
    url: URL = field(repr=False)
    received: int
    least: int = 0  # bytes of each part but the last

    def at(self, received: int) -> "Upload":
        """The same upload, with so many bytes received."""
        return Upload(subject=self.subject, url=self.url, received=received, least=self.least)


def upload_of(answer: Answer, *, after: URL, subject: Subject, before: Upload | None = None) -> Upload:
    """The upload that an answer speaks of: each names where to go on. Raises `RegistryMalformedError`.

    `before`: what it was, where the answer may leave out what stays the same. An upload that has received one byte has
    the same `Range` as an empty one (0-0) at some registries, so the number is trusted only from 1 on.
    """
    location = answer.headers.get("Location")
    if location is None and before is None:
        raise RegistryMalformedError(subject, "it began an upload without saying where to.")
    url = target_of(after, location, subject) if location is not None else after
    last = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
    least = answer.headers.get("OCI-Chunk-Min-Length", "")
    return Upload(
        subject=subject,
        url=url,
        received=int(last[1]) + 1 if last and last[1] != "0" else 0,
        least=int(least)
        if least.isascii() and least.isdecimal() and len(least) < 12
        else before.least
        if before
        else 0,
    )
