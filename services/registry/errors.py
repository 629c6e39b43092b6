"""What a registry, or the way to it, can answer with; aiohttp's errors never leave this package.

A `RegistryError` names the registry, the repository and the tag, and says what to do. It quotes nothing that a
registry wrote: a hostile or chatty one would get to put text, or an echo of the credential, before people's eyes.
"Not found" on a read is `None`, not an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.errors import Category, StagecoachError


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What was asked about; `tag` can be a digest."""

    host: str
    repository: str | None = None
    tag: str | None = None

    def __str__(self) -> str:
        name = f"{self.host}/{self.repository}" if self.repository else self.host
        if not self.tag:
            return name
        return f"{name}@{self.tag}" if ":" in self.tag else f"{name}:{self.tag}"


class RegistryError(StagecoachError):
    """`terminal` is False where the same question may be answered later without anybody changing anything."""

    code = "registry-error"
    title = "The registry answered with an error"
    category = Category.UPSTREAM
    terminal = True

    def __init__(self, subject: Subject, detail: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(f"{subject}: {detail}")
        self.subject = subject
        self.retry_at = retry_at

    def members(self) -> Mapping[str, object]:
        known = {
            "registry": self.subject.host,
            "repository": self.subject.repository,
            "tag": self.subject.tag,
            "retry_at": self.retry_at and self.retry_at.isoformat(),
        }
        return {name: value for name, value in known.items() if value is not None}


class RegistryNameError(RegistryError):
    """A host, repository or tag that no registry can have. It is not repeated: people paste secrets in wrong places."""

    code = "registry-name-invalid"
    title = "The image's name is not valid"
    category = Category.INVALID


class RegistryUnreachableError(RegistryError):
    """No connection, or no answer over it in time."""

    code = "registry-unreachable"
    title = "The registry cannot be reached"
    terminal = False


class RegistryAddressRefusedError(RegistryUnreachableError):
    """It leads to where Stagecoach does not connect to: metadata services, link-local addresses, plain http, …"""

    code = "registry-address-refused"
    title = "The registry's address is not allowed"
    terminal = True


class RegistryCertificateError(RegistryUnreachableError):
    code = "registry-certificate"
    title = "The registry's certificate is not trusted"
    terminal = True


class RegistryDeniedError(RegistryError):
    """The credential is missing, not accepted, or does not reach so far."""

    code = "registry-denied"
    title = "The registry refuses the credential"


class RegistryBusyError(RegistryError):
    """It asked to be left alone (429), or is broken (5xx). `retry_at` says when to ask again."""

    code = "registry-busy"
    title = "The registry is busy or broken"
    terminal = False
    retry_at: datetime

    def __init__(self, subject: Subject, detail: str, *, retry_at: datetime) -> None:
        super().__init__(subject, detail, retry_at=retry_at)


class NotAnImageError(RegistryError):
    """Something else lies under this tag: a Helm chart, a signature, another artefact."""

    code = "registry-not-an-image"
    title = "The tag is not an image's"


class RegistryMalformedError(RegistryError):
    """An answer that no registry may give: not JSON, too large, other bytes than its digest says."""

    code = "registry-malformed"
    title = "The registry's answer cannot be used"


class TooManyTagsError(RegistryError):
    code = "registry-too-many-tags"
    title = "The repository has too many tags"
