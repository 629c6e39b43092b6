"""The errors of requests to registries; aiohttp's errors never leave this package.

A `RegistryError` names the registry, the repository and the tag, and says what to do. It quotes nothing that a registry
sent: a hostile registry could place text of its own, or an echo of the credential, in it. A read of an absent tag or
repository returns None or nothing, and raises nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.errors import Category, StagecoachError


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a request is about; `tag` can be a digest."""

    host: str
    repository: str | None = None
    tag: str | None = None

    def __str__(self) -> str:
        name = f"{self.host}/{self.repository}" if self.repository else self.host
        if not self.tag:
            return name
        return f"{name}@{self.tag}" if ":" in self.tag else f"{name}:{self.tag}"


class RegistryError(StagecoachError):
    """A request to a registry failed.

    `terminal` is False where the same request may succeed later although nothing is changed.
    """

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
    """An invalid host, repository or tag. The text does not repeat it: people paste secrets into wrong fields."""

    code = "registry-name-invalid"
    title = "The image name is not valid"
    category = Category.INVALID


class RegistryUnreachableError(RegistryError):
    """No connection, or no answer over it in time."""

    code = "registry-unreachable"
    title = "The registry cannot be reached"
    terminal = False


class RegistryAddressRefusedError(RegistryUnreachableError):
    """The address is one that Stagecoach does not connect to: metadata services, link-local, plain HTTP, …"""

    code = "registry-address-refused"
    title = "The registry's address is not allowed"
    terminal = True


class RegistryCertificateError(RegistryUnreachableError):
    code = "registry-certificate"
    title = "The registry's certificate is not trusted"
    terminal = True


class RegistryDeniedError(RegistryError):
    """The credential is missing, not accepted, or lacks the right to pull."""

    code = "registry-denied"
    title = "The registry refuses the credential"


class RegistryBusyError(RegistryError):
    """The registry limits the rate of requests (429) or fails (5xx). `retry_at` (UTC): when to try again."""

    code = "registry-busy"
    title = "The registry is overloaded or failing"
    terminal = False
    retry_at: datetime

    def __init__(self, subject: Subject, detail: str, *, retry_at: datetime) -> None:
        super().__init__(subject, detail, retry_at=retry_at)


class NotAnImageError(RegistryError):
    """The tag is not of an image but of a Helm chart, a signature or another artefact."""

    code = "registry-not-an-image"
    title = "The tag is not of an image"


class RegistryMalformedError(RegistryError):
    """The answer violates the specification: not JSON, too large, or bytes that do not match the digest."""

    code = "registry-malformed"
    title = "The registry's answer is not valid"


class RepositoryUnknownError(RegistryError):
    """The registry has no such repository, or hides it from those who show no credential."""

    code = "registry-repository-unknown"
    title = "The registry has no such repository"


class CredentialNotAskedError(RegistryError):
    """The registry says that something does not exist, without having asked for the stored credential.

    It may hide from strangers what they may not see. Stagecoach does not show a credential unasked, as container
    runtimes do not, which could not pull from such a registry either.
    """

    code = "registry-credential-not-asked"
    title = "The registry did not ask for the credential"


class TooManyTagsError(RegistryError):
    code = "registry-too-many-tags"
    title = "The repository has too many tags"


# The registry answers, and says of one repository or tag that it is not there, or cannot be used.
OF_THE_REPOSITORY = (RepositoryUnknownError, CredentialNotAskedError, TooManyTagsError, NotAnImageError)
