"""What the database refuses, as errors of our own: no exception of SQLAlchemy or asyncpg that a caller should act upon
leaves this package. The services turn these into `StagecoachError`s with their codes.

    DatabaseRefusal
    ├── DuplicateNameError     a name is taken (compared without case)
    ├── StillUsedError         something else needs the row; says what
    ├── ActiveOperationError   an operation is under way in the app environment; says which
    ├── RepeatedRequestError   the actor used this idempotency key before; says for which operation
    └── UnknownKeyError        a text was encrypted under a key that we were not given

    DatabaseAwayError          it cannot be spoken to now, which says nothing about what was asked
"""

from enum import StrEnum

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_AWAY = (
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,  # it shuts down, starts up, or an administrator ended the connection
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    OSError,  # nobody listens; a `TimeoutError` is one as well
    PoolTimeoutError,
)


class DatabaseRefusal(Exception):  # noqa: N818 - a refusal is an answer, the errors below are what is caught
    pass


class DuplicateNameError(DatabaseRefusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"The name '{name}' is taken.")
        self.name = name


class GoneError(DatabaseRefusal):
    """What a new row belongs to was deleted a moment ago."""


class StillUsedError(DatabaseRefusal):
    """`users` say what they are and their name, as `environment Production` or `operation 0190…`."""

    def __init__(self, users: tuple[str, ...]) -> None:
        super().__init__(f"Still used by {', '.join(users)}.")
        self.users = users


class ActiveOperationError(DatabaseRefusal):
    """`operation_id` is None where the one under way ended just as we looked for it."""

    def __init__(self, operation_id: str | None) -> None:
        super().__init__("Another operation is under way.")
        self.operation_id = operation_id


class RepeatedRequestError(DatabaseRefusal):
    def __init__(self) -> None:
        super().__init__("The idempotency key has been used.")


class UnknownKeyError(DatabaseRefusal):
    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Something is encrypted under the key {key_id}, which was not given. Add that key after the current one."
        )
        self.key_id = key_id


class DatabaseAwayError(Exception):
    """What was to be written may or may not be: the connection can end while it commits."""

    def __init__(self) -> None:
        super().__init__("The database cannot be spoken to.")


def is_away(error: BaseException) -> bool:
    """Whether a transaction ended so because the database was not there, not because of what it was asked."""
    if isinstance(error, DBAPIError):
        driven = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or isinstance(driven, _AWAY)
    return isinstance(error, _AWAY)


class OpeningFault(StrEnum):
    """Why a database could not be opened."""

    NO_ADDRESS = "no-address"
    NOT_LET_IN = "not-let-in"
    NOT_THERE = "not-there"
    AWAY = "away"


def opening_fault(error: BaseException) -> OpeningFault | None:
    """What an error says that came as the database was opened; None where it says something else."""
    match error:
        case ArgumentError():
            return OpeningFault.NO_ADDRESS
        case asyncpg.InvalidAuthorizationSpecificationError():
            return OpeningFault.NOT_LET_IN
        case asyncpg.InvalidCatalogNameError():
            return OpeningFault.NOT_THERE
        case _:
            return OpeningFault.AWAY if is_away(error) else None


def address_of(url: str) -> str:
    """Host, port and name of a database, without user and password. Raises `ValueError` for what is no address."""
    try:
        parts = make_url(url)
    except ArgumentError:
        raise ValueError("no address of a database") from None
    return f"{parts.host or 'localhost'}:{parts.port or 5432}/{parts.database or ''}"
