"""Requests and answers of the Kubernetes API as values, and how an answer is serialized."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import yaml
from aiohttp import web

from sandbox import negotiation
from sandbox.access import ANONYMOUS, User
from sandbox.deleting import Deleted
from sandbox.errors import StatusError
from sandbox.negotiation import BODY_LIMIT, PLAIN, Wanted
from sandbox.paths import Target
from sandbox.resources import Resource
from sandbox.store import Object
from sandbox.writing import Written


@dataclass(kw_only=True)
class Request:
    """A request as far as the API is concerned."""

    http: web.BaseRequest
    method: str
    target: Target
    query: Mapping[str, str]
    watch: bool
    verb: str
    user: User = ANONYMOUS
    wanted: Wanted = PLAIN
    body: bytes = b""
    changed: bool = False
    """Whether it has changed an object."""

    @property
    def content_type(self) -> str:
        return self.http.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def user_agent(self) -> str:
        return self.http.headers.get("User-Agent", "")


@dataclass(kw_only=True)
class Answer:
    """What to answer: bytes that are finished, or a value that is still to be written."""

    status: int = 200
    value: Any = None
    raw: bytes | None = None
    media_type: str = negotiation.JSON
    warnings: tuple[str, ...] = ()


_RETURNED_WHEN_DELETED = frozenset(
    {"persistentvolumeclaims", "persistentvolumes", "pods", "resourcequotas", "serviceaccounts", "services"}
)


def of_deletion(deleted: Deleted, resource: Resource) -> Answer:
    """The object if it is still there, or of a kind that is always answered with; else a Status that says so."""
    if not deleted.gone or resource.group_resource in _RETURNED_WHEN_DELETED:
        return Answer(value=deleted.object)
    metadata = deleted.object["metadata"]
    details: Object = {"name": metadata["name"]}
    if resource.group:
        details["group"] = resource.group
    details |= {"kind": resource.plural, "uid": metadata["uid"]}
    return Answer(value={"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})


def of_write(written: Written) -> Answer:
    return Answer(
        status=201 if written.created else 200,
        raw=written.entry.raw if written.entry else None,
        value=None if written.entry else written.object,
        warnings=written.warnings,
    )


async def read_limited(http: web.BaseRequest) -> bytes:
    """Raises `StatusError` 413."""
    too_large = StatusError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {BODY_LIMIT}")
    if (http.content_length or 0) > BODY_LIMIT:
        raise too_large
    try:
        return await http.read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large from None


def not_allowed() -> StatusError:
    return StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def no_resource() -> StatusError:
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def no_page() -> Answer:
    return Answer(status=404, raw=b"404 page not found\n", media_type="text/plain; charset=utf-8")


def finish(answer: Answer, wanted: Wanted) -> web.Response:
    body = answer.raw if answer.raw is not None else orjson.dumps(answer.value)
    if wanted.media_type == negotiation.YAML and answer.media_type == negotiation.JSON:
        body, answer.media_type = yaml.safe_dump(orjson.loads(body), sort_keys=False).encode(), negotiation.YAML
    response = web.Response(body=body, status=answer.status, headers={"Content-Type": answer.media_type})
    for warning in answer.warnings:
        text = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{text}"')
    return response


def status(error: StatusError) -> web.Response:
    headers = {"Content-Type": negotiation.JSON}
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    return web.Response(body=orjson.dumps(error.as_json()), status=error.code, headers=headers)


def drop(http: web.BaseRequest) -> web.Response:
    """Close the connection without a word."""
    if http.transport is not None:
        http.transport.abort()
    return web.Response(status=503)
