"""How a stored registry is reached: its address, and its credential, which stays in memory."""

from db.records.registries import RegistryRecord
from domain.words import CredentialKind
from services.registry.credentials import Anonymous, Basic, Bearer, Credential, RegistryAccess


def split_repository(repository: str) -> tuple[str, str]:
    """Host and path of a repository in normal form."""
    host, _, path = repository.partition("/")
    return host, path


def access_to(host: str, record: RegistryRecord | None) -> RegistryAccess:
    """Address and credential of a registry; anonymous if it is not stored."""
    if record is None:
        return RegistryAccess(host=host)
    return RegistryAccess(host=host, plain_http=record.plain_http, credential=_credential(record))


def _credential(record: RegistryRecord) -> Credential:
    match record.kind:
        case CredentialKind.BASIC:
            return Basic(username=record.username or "", password=record.secret or "")
        case CredentialKind.BEARER:
            return Bearer(token=record.secret or "")
        case CredentialKind.ANONYMOUS:
            return Anonymous()
