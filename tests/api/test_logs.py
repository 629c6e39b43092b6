"""The log has an exception's type and frames, never its text."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from api import logs
from api.settings import LogSettings

CANARY = "canary-77aa31"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, while logging is configured as in the service."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure(LogSettings())
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _fail() -> None:
    raise ValueError(CANARY)


def test_an_exception_is_logged_by_type_and_frames(written: io.StringIO):
    try:
        _fail()
    except ValueError as error:
        structlog.get_logger("x").error("broke", exc_info=error)
    line = json.loads(written.getvalue())
    assert (line["event"], line["error"]) == ("broke", "ValueError")
    assert line["at"][-1].endswith("_fail")
    assert CANARY not in written.getvalue()


def test_an_exception_that_a_library_logs_is_logged_the_same_way(written: io.StringIO):
    try:
        _fail()
    except ValueError:
        logging.getLogger("some.library").exception("it broke")
    assert json.loads(written.getvalue())["error"] == "ValueError"
    assert CANARY not in written.getvalue()


def test_a_log_line_has_its_request_id(written: io.StringIO):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("x").info("hello")
    assert json.loads(written.getvalue())["request_id"] == "r-1"
