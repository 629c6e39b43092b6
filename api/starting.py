"""The message for the person who starts the service when it cannot start: what happened, where, and what to do.

No message repeats the value of a setting, which may hold a password, or shows a traceback.
"""

from pydantic import ValidationError

from api.settings import Settings
from db.address import BadAddressError, address_of
from db.errors import OpeningFault, UnknownKeyError, opening_fault
from db.keys import BadKeyError

_KEYS = "STAGECOACH_ENCRYPTION_KEYS"
_DATABASE = "STAGECOACH_DATABASE_URL"


class CannotStartError(Exception):
    """The service cannot start; the text is for the person who starts it."""


def wrong_settings(error: ValidationError) -> CannotStartError:
    """Names each variable that is not valid, without its value."""
    lines = [
        f"STAGECOACH_{'__'.join(str(part) for part in each['loc']).upper()}: {each['msg']}." for each in error.errors()
    ]
    return CannotStartError("Some settings are not valid.\n  " + "\n  ".join(lines))


def explained(error: Exception, settings: Settings) -> CannotStartError | None:
    """The error with its remedy; None for an unexpected one."""
    text = _text(error, settings)
    return None if text is None else CannotStartError(text)


def _text(error: Exception, settings: Settings) -> str | None:
    match error:
        case BadKeyError():
            return f"{_keys(settings)} holds no valid key. {error}"
        case BadAddressError():
            return f"{_DATABASE}: {error}"
        case UnknownKeyError():
            return f"{error} {_keys(settings)} is where Stagecoach reads its keys."
        case OSError(filename=str(name), strerror=reason):
            return f"{name}: {reason}. Set STAGECOACH_DATA to a folder that can be written."
        case _:
            fault = opening_fault(error)
            return None if fault is None else _of_the_database(fault, settings)


def _of_the_database(fault: OpeningFault, settings: Settings) -> str:
    if fault is OpeningFault.MALFORMED_URL:
        return f"{_DATABASE} is no address of a database; it looks like postgresql+asyncpg://user@host/name."
    url = settings.database_url
    address = str(settings.data / "postgres") if url is None else address_of(url.get_secret_value())
    return {
        OpeningFault.ACCESS_DENIED: f"The database at {address} refuses the user or password of {_DATABASE}.",
        OpeningFault.NO_TLS: f"The database at {address} does not offer TLS. Turn it on there, or choose "
        f"another sslmode in {_DATABASE}.",
        OpeningFault.NOT_TRUSTED: f"The certificate of the database at {address} is not trusted, or no TLS connection "
        f"came about. Name its authority as sslrootcert in {_DATABASE}, and the host as the certificate does.",
        OpeningFault.UNKNOWN_DATABASE: f"There is no such database at {address}. Create it, or correct {_DATABASE}.",
        OpeningFault.UNREACHABLE: f"The database at {address} does not answer. Start it, or correct {_DATABASE}.",
    }[fault]


def _keys(settings: Settings) -> str:
    return _KEYS if settings.encryption_keys else str(settings.data / "encryption.key")
