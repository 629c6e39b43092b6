"""Errors that callers of `db` handle. Exceptions of SQLAlchemy and asyncpg with the same meaning do not leave this
package. Services turn these into `StagecoachError`s with codes.

    DatabaseRefusal
    ├── DuplicateNameError     a name is taken (case-insensitive)
    ├── StillUsedError         something else uses the row; names it
    ├── ActiveOperationError   the app environment has an active operation; names it
    ├── RepeatedRequestError   the actor used this idempotency key before
    └── UnknownKeyError        a text was sealed under a key that the keyring lacks

    DatabaseUnreachableError   the database cannot be reached; the query itself may be valid
"""

import ssl
from enum import StrEnum

import asyncpg
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.address import BadAddressError

_UNREACHABLE = (
    asyncpg.IdleInTransactionSessionTimeoutError,  # this process was stopped inside a transaction
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,  # shutdown, start-up, or a connection that an administrator ended
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    OSError,  # connection refused; `TimeoutError` is a subclass
    PoolTimeoutError,
)


class DatabaseRefusal(Exception):  # noqa: N818 - a refusal is an answer, the errors below are what is caught
    """Base of the errors below: the database answered, and refused."""


class DuplicateNameError(DatabaseRefusal):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The name '{name}' is taken.")
        self.name = name


class GoneError(DatabaseRefusal):
    """The row that a new row refers to was deleted meanwhile."""


class StillUsedError(DatabaseRefusal):
    """`users` are kinds with names, as `environment Production` or `operation 0190…`."""

    def __init__(self, users: tuple[str, ...]) -> None:
        super().__init__(f"Still used by {', '.join(users)}.")
        self.users = users


class ActiveOperationError(DatabaseRefusal):
    """`operation_id` is None if the active operation ended before it could be read."""

    def __init__(self, operation_id: str | None) -> None:
        super().__init__("Another operation is under way.")
        self.operation_id = operation_id


class RepeatedRequestError(DatabaseRefusal):
    """The actor has used this idempotency key before."""

    def __init__(self) -> None:
        super().__init__("The idempotency key has been used.")


class UnknownKeyError(DatabaseRefusal):
    """A sealed text needs a key that the keyring lacks."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Something is encrypted under the key {key_id}, which was not given. Add that key after the current one."
        )
        self.key_id = key_id


class DatabaseUnreachableError(Exception):
    """The transaction may or may not have committed: the connection can end during the commit."""

    def __init__(self) -> None:
        super().__init__("The database cannot be reached.")


def is_unreachable(error: BaseException) -> bool:
    """Whether the error means that the database cannot be reached, and not that it refused a statement."""
    if isinstance(error, DBAPIError):
        driver_error = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or isinstance(driver_error, _UNREACHABLE)
    return isinstance(error, _UNREACHABLE)


class OpeningFault(StrEnum):
    """Why a database could not be opened."""

    MALFORMED_URL = "malformed-url"
    ACCESS_DENIED = "access-denied"
    NO_TLS = "no-tls"
    NOT_TRUSTED = "not-trusted"
    UNKNOWN_DATABASE = "unknown-database"
    UNREACHABLE = "unreachable"


def opening_fault(error: BaseException) -> OpeningFault | None:
    """Why opening the database failed; None if the error has another cause."""
    match error:
        case ArgumentError() | BadAddressError():
            return OpeningFault.MALFORMED_URL
        case ssl.SSLError():
            return OpeningFault.NOT_TRUSTED
        case ConnectionError() if "rejected SSL upgrade" in str(error):
            return OpeningFault.NO_TLS
        case asyncpg.InvalidAuthorizationSpecificationError():
            return OpeningFault.ACCESS_DENIED
        case asyncpg.InvalidCatalogNameError():
            return OpeningFault.UNKNOWN_DATABASE
        case _:
            return OpeningFault.UNREACHABLE if is_unreachable(error) else None
