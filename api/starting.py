"""What a person reads when the service cannot start: what happened, where, and what to do. Never a traceback.

A password that a setting holds is in none of these texts.
"""

from pydantic import ValidationError

from api.settings import Settings
from db.errors import OpeningFault, UnknownKeyError, address_of, opening_fault
from db.keys import BadKeyError

_KEYS = "STAGECOACH_ENCRYPTION_KEYS"
_DATABASE = "STAGECOACH_DATABASE_URL"


class CannotStartError(Exception):
    """Its text is for whoever starts the service."""


def wrong_settings(error: ValidationError) -> CannotStartError:
    """Each variable that cannot be read, by its name; what it holds is not repeated."""
    lines = [
        f"STAGECOACH_{'__'.join(str(part) for part in each['loc']).upper()}: {each['msg']}." for each in error.errors()
    ]
    return CannotStartError("The settings cannot be read.\n  " + "\n  ".join(lines))


def explained(error: Exception, settings: Settings) -> CannotStartError | None:
    """The error as somebody can act upon it; None for what nobody could foresee."""
    text = _text(error, settings)
    return None if text is None else CannotStartError(text)


def _text(error: Exception, settings: Settings) -> str | None:
    match error:
        case BadKeyError():
            return f"{_keys(settings)} holds no key that can be used. {error}"
        case UnknownKeyError():
            return f"{error} {_keys(settings)} is where keys come from."
        case OSError(filename=str(name), strerror=reason):
            return f"{name}: {reason}. STAGECOACH_DATA names the data folder."
        case _:
            fault = opening_fault(error)
            return None if fault is None else _of_the_database(fault, settings)


def _of_the_database(fault: OpeningFault, settings: Settings) -> str:
    if fault is OpeningFault.NO_ADDRESS:
        return f"{_DATABASE} is no address of a database, as postgresql+asyncpg://user@host/name."
    url = settings.database_url
    place = str(settings.data / "postgres") if url is None else address_of(url.get_secret_value())
    return {
        OpeningFault.NOT_LET_IN: f"The database at {place} refuses the user or password of {_DATABASE}.",
        OpeningFault.NOT_THERE: f"There is no such database at {place}. Create it, or mend {_DATABASE}.",
        OpeningFault.AWAY: f"The database at {place} does not answer. Start it, or mend {_DATABASE}.",
    }[fault]


def _keys(settings: Settings) -> str:
    return _KEYS if settings.encryption_keys else str(settings.data / "encryption.key")
