"""Each path has a limit for its bodies, and each path that is named here exists."""

import json
import re

from api.bodies import LARGER, MEDIUM, SMALL, BodyLimits
from tests.support.service import CONTRACT

_PATHS = [
    re.sub(r"\{\w+\}", "x", path) for path, methods in json.loads(CONTRACT.read_text())["paths"].items() if methods
]
_LIMITS = BodyLimits(lambda *_: None, limit=4 * MEDIUM, webhook_limit=MEDIUM)  # type: ignore[arg-type]


def test_every_larger_limit_is_that_of_a_path_of_the_contract():
    unused = [pattern.pattern for pattern in LARGER if not any(pattern.fullmatch(path) for path in _PATHS)]
    assert unused == []


def test_sign_in_and_what_has_no_name_here_takes_little():
    for path in ("/api/v1/session", "/api/v1/tokens", "/api/v1/applications/x", "/anything"):
        assert _LIMITS._limit(path) == SMALL


def test_manifests_may_be_as_large_as_the_settings_allow():
    for path in ("configure", "configure/preview", "import", "import/preview"):
        assert _LIMITS._limit(f"/api/v1/applications/x/environments/x/{path}") == 4 * MEDIUM


def test_webhooks_have_a_limit_of_their_own():
    assert _LIMITS._limit("/webhooks/x") == MEDIUM
