"""Hides secrets in the log of a Job before it is kept. Pure.

The values of the Secrets that its pods read are known, and hidden wherever they stand; besides, what looks like a
secret to everybody: passwords in addresses, bearer tokens, private keys, and values behind names such as `password=`.
"""

import base64
import re
from collections.abc import Iterable

from domain.hook_runs import LOG_BYTES

HIDDEN = "[hidden]"
_SHORTEST = 4  # a shorter value would hide pieces of other words
_HARMLESS = frozenset(
    {"true", "false", "null", "none", "localhost", "default", "production", "postgres", "admin", "root"}
)
# Terminals obey these; a log is shown in browsers and terminals (ECMA-48, section 5.4).
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PATTERNS = (
    # One that begins may have lost its end, one that ends its beginning: a log is cut.
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
    (re.compile(r"\A[A-Za-z0-9+/=\s]*-----END [A-Z ]{0,40}PRIVATE KEY-----"), HIDDEN),
    (re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\s:/@]{0,200}:)[^\s@/]{1,400}(@)"), rf"\1{HIDDEN}\2"),
    (re.compile(r"(?i)\b(bearer|basic)( +)[A-Za-z0-9._~+/=-]{8,}"), rf"\1\2{HIDDEN}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), HIDDEN),  # a JSON web token
    (
        re.compile(
            r"(?i)((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|credentials?|access[_-]?key)[\"']?\s{0,3}[=:]\s{0,3})"
            r"(?:\"[^\"\n]{1,400}\"|'[^'\n]{1,400}'|[^\s,;&\"']{1,400})"
        ),
        rf"\1{HIDDEN}",
    ),
)


def redacted_log(raw: bytes, secrets: Iterable[str], *, cut: bool = False) -> tuple[str, bool]:
    """The last `LOG_BYTES` of a log as text, with secrets hidden; and whether its beginning is missing.

    Redacts before it cuts: a secret across the cut would be known by neither half. A line that is cut is left out.
    """
    text = _CONTROLS.sub("", _ESCAPES.sub("", raw.decode("utf-8", errors="replace"))).replace("\r", "\n")
    if cut:
        text = text.partition("\n")[2]
    for spelling in sorted(_spellings(secrets), key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    encoded = text.encode()
    if len(encoded) <= LOG_BYTES:
        return text, cut
    kept = encoded[-LOG_BYTES:].decode("utf-8", errors="ignore")
    _, newline, rest = kept.partition("\n")
    return (rest if newline else kept), True


def tail_of(log: str, *, lines: int = 5, most: int = 600) -> str:
    """The last lines of a log that say something, for a sentence about it."""
    last = [line.strip() for line in log.splitlines() if line.strip()][-lines:]
    told = " / ".join(last)
    return told if len(told) <= most else f"…{told[-most:]}"


def _spellings(secrets: Iterable[str]) -> set[str]:
    """Each value as it is, in base64, and line by line, as certificates are printed."""
    found: set[str] = set()
    for value in secrets:
        for one in (value, value.strip(), *value.splitlines()):
            if len(one) >= _SHORTEST and one.lower() not in _HARMLESS:
                found.update({one, base64.b64encode(one.encode()).decode()})
    return found
