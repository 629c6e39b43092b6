"""Lists: selectors, pages, and the version from which a watch continues."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from sandbox.errors import Cause, StatusError, bad_request
from sandbox.kinds.findings import forbidden, unsupported
from sandbox.resources import Resource
from sandbox.selectors import Matches
from sandbox.store import Entry, HistoryExpiredError, Store


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
    """Raises `StatusError`: 400 (limit, continue, version), 410 (what is too old), 504 (a version yet to come)."""
    version, after = store.version, ""
    asked = parse_version(query.get("resourceVersion", ""))
    if token := query.get("continue", ""):
        if asked:
            raise bad_request("specifying resource version is not allowed when using continue")
        version, after = _read_token(token)
    elif asked is not None:
        _check_not_ahead(store, asked)
        if query.get("resourceVersionMatch") == "Exact":
            version = asked
    try:
        known = store.at(resource.group, resource.plural, namespace, version)
    except HistoryExpiredError as error:
        if not token:
            raise expired(str(error)) from None
        raise expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new "
            "list without the continue parameter."
        ) from None
    entries = [e for e in known if matches(e.object)]
    if after:
        entries = [e for e in entries if _position(e) > after]
    limit = whole_number(query.get("limit", ""))
    if limit <= 0 or len(entries) <= limit:
        return Page(entries=entries, version=version)
    page = entries[:limit]
    whole = not query.get("labelSelector") and not query.get("fieldSelector")
    return Page(
        entries=page,
        version=version,
        continue_token=_token(version, _position(page[-1])),
        remaining=len(entries) - limit if whole else None,
    )


def whole_number(text: str) -> int:
    """A number of a query, 0 if there is none. Raises `StatusError` 400."""
    if text and not text.removeprefix("-").isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text or 0)


def _check_not_ahead(store: Store, asked: int) -> None:
    if asked > store.version:
        raise StatusError(
            504,
            "Timeout",
            f"Too large resource version: {asked}, current: {store.version}",
            causes=[Cause(reason="ResourceVersionTooLarge", message="Too large resource version")],
            retry_after=1,
        )


_MATCHES = ("", "Exact", "NotOlderThan")


def check_options(query: Mapping[str, str], *, watch: bool) -> None:
    """Which options of a list or watch go together. Raises `StatusError`: 400 (no number), 422."""
    whole_number(query.get("timeoutSeconds", ""))
    match, initial = query.get("resourceVersionMatch", ""), "sendInitialEvents" in query
    causes = list(_watch_problems(query, match, initial=initial) if watch else _list_problems(query, match))
    if initial and not watch:
        causes.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if causes:
        texts = [f"{c.field}: {c.message}" for c in causes]
        message = 'ListOptions.meta.k8s.io "" is invalid: ' + (texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")
        raise StatusError(422, "Invalid", message, group="meta.k8s.io", kind="ListOptions", causes=causes)


def _list_problems(query: Mapping[str, str], match: str) -> Iterator[Cause]:
    if not match:
        return
    if not query.get("resourceVersion"):
        detail = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        yield forbidden("resourceVersionMatch", detail)
    if query.get("continue"):
        yield forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
    if match not in _MATCHES:
        yield unsupported("resourceVersionMatch", match, _MATCHES)
    if match == "Exact" and query.get("resourceVersion") == "0":
        detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        yield forbidden("resourceVersionMatch", detail)


def _watch_problems(query: Mapping[str, str], match: str, *, initial: bool) -> Iterator[Cause]:
    if initial and match != "NotOlderThan":
        detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        yield forbidden("resourceVersionMatch", detail)
    if match and not initial:
        detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        yield forbidden("resourceVersionMatch", detail)
    if match and match != "NotOlderThan":
        yield unsupported("resourceVersionMatch", match, ("NotOlderThan",))
    if query.get("continue") and (match or initial):
        yield forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")


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
