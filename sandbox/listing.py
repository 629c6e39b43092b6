"""Lists: selectors, pages and the version that a watch goes on from."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from sandbox.errors import Cause, StatusError, bad_request
from sandbox.resources import Resource
from sandbox.selectors import Matches
from sandbox.store import Entry, Store


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of the objects that match, and where the rest begins."""

    entries: list[Entry]
    version: int
    """The version of the whole list: that of its first page."""
    continue_token: str = ""
    remaining: int | None = None


def expired(message: str) -> StatusError:
    """410: what was asked for is no longer known."""
    return StatusError(410, "Expired", message)


def parse_version(text: str) -> int | None:
    """A resourceVersion of a query; None if none is given. Raises `StatusError` 400."""
    if not text:
        return None
    if not text.isdecimal():
        raise bad_request(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)


def list_page(
    store: Store, resource: Resource, namespace: str | None, matches: Matches, query: Mapping[str, str]
) -> Page:
    """Raises `StatusError`: 400 (limit, continue, version), 410 (an old page), 504 (a version yet to come)."""
    version, after = store.version, ""
    if token := query.get("continue", ""):
        version, after = _read_token(token)
        if version < store.floor:
            raise expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new "
                "list without the continue parameter."
            )
    elif (asked := parse_version(query.get("resourceVersion", ""))) is not None:
        _check_asked(store, asked, query.get("resourceVersionMatch", ""))
    entries = [e for e in store.select(resource.group, resource.plural, namespace) if matches(e.object)]
    if after:
        entries = [e for e in entries if _position(e) > after]
    limit = _limit(query.get("limit", ""))
    if not limit or len(entries) <= limit:
        return Page(entries=entries, version=version)
    page = entries[:limit]
    whole = not query.get("labelSelector") and not query.get("fieldSelector")
    return Page(
        entries=page,
        version=version,
        continue_token=_token(version, _position(page[-1])),
        remaining=len(entries) - limit if whole else None,
    )


def _limit(text: str) -> int:
    if text and not text.isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text or 0)


def _check_asked(store: Store, asked: int, match: str) -> None:
    if asked > store.version:
        raise StatusError(
            504,
            "Timeout",
            f"Too large resource version: {asked}, current: {store.version}",
            causes=[Cause(reason="ResourceVersionTooLarge", message="Too large resource version")],
            retry_after=1,
        )
    if match == "Exact" and asked != store.version:
        raise expired(f"The resourceVersion for the provided list is too old: {asked}")


def _position(entry: Entry) -> str:
    return f"{entry.key.namespace}\x00{entry.key.name}"


def _token(version: int, start: str) -> str:
    raw = orjson.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    try:
        read = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(read["rv"]), str(read["start"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request("continue key is not valid: illegal base64 data at input byte 0") from None
