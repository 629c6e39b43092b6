"""The contract: OpenAPI 3.1, made from the routes and committed as openapi/openapi.json.

FastAPI's own document adds a 422 of its own, which no answer has. Here every operation names the role that it needs,
from the same declaration that is enforced. Examples of requests and responses are in openapi/examples.json, the words
in `api.glossary`. `python -m api.openapi` prints it.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from api.authentication import CSRF_HEADER, OpenToAll, Requires, requirement
from api.glossary import contract_words
from api.main import described_app
from api.responses import SCHEMAS
from api.session_cookie import PLAIN_COOKIE, SECURE_COOKIE

EXAMPLES = Path(__file__).resolve().parent.parent / "openapi" / "examples.json"
VERSION = "1.0.0"
RIGHT = "x-stagecoach-right"
_DESCRIPTION = (
    "Stagecoach carries an application from one environment to the next. Errors are RFC 9457 problem documents with a "
    "stable `code`; lists come in pages; times are RFC 3339 in UTC. Starting an operation answers 202 with the "
    "operation and its `Location`; follow it at `/api/v1/operations/{operation}/events`.\n\n"
) + contract_words()
TAGS = {
    "clusters": "Registered Kubernetes API servers: their credentials, probes and namespaces.",
    "environments": "The stages of delivery, their order and their clusters.",
    "applications": "Applications and their app environments.",
    "declared kinds": "Custom kinds: where their objects name images, and when they are well.",
    "overview": "What runs where: the matrix of all applications, and one application in full.",
    "provisioning": "Make an app environment configured: adopt, configure or import its resources.",
    "comparing": "What differs between two environments, clusters or releases, and which of it is meant.",
    "promotions": "Change images: promote, deploy and roll back; and the releases that result.",
    "registries": "Image registries: their credentials, checks and polls.",
    "git": "Git repositories with files that name images: their credentials, checks and previews.",
    "images": "Image pushes, the verdicts on them, image policies and deploy modes.",
    "operations": "The executions of plans: read, follow, cancel and retry them.",
    "drift": "What differs from the last release, and between clusters.",
    "timeline": "What happened in an app environment.",
    "gates": "What keeps changes from being written for a while: freezes, holds, the emergency stop and approvals.",
    "access": "Sign-in and tokens.",
    "receivers": "The addresses at which registries report pushed images, and the deliveries that they received.",
    "notifications": "The channels to which notifications go, the routes that lead there, and what was sent.",
    "process": "Liveness, readiness and metrics of the process.",
}
"""One sentence for each tag of the routes, in the order of the document."""
_UNDESCRIBED = "Successful Response"  # what FastAPI writes for a route without `response_description`
_STARTED = "Accepted: the operation continues in the background. `Location` holds its address."
_NO_CONTENT = "Done. The response has no body."
_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token that `POST /api/v1/tokens` created."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": PLAIN_COOKIE,
        "description": f"The console's session. Writes send its `csrf_token` as `{CSRF_HEADER}`. Where people "
        f"reach the service by https, its name is `{SECURE_COOKIE}`.",
    },
}


def contract(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `app`."""
    document = get_openapi(
        title="Stagecoach",
        version=VERSION,
        description=_DESCRIPTION,
        routes=app.routes,
        webhooks=[_naming_problems()],
        tags=[{"name": name, "description": sentence} for name, sentence in TAGS.items()],
    )
    del document["webhooks"]
    schemas = document["components"]["schemas"]
    examples = json.loads(EXAMPLES.read_text())
    for route in api_routes(app):
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _describe(operation, declared_right(route))
                _describe_stream(operation, route.response_model)
                _describe_success(operation, schemas)
                _exemplify(operation, examples.get(operation["operationId"], {}))
    document["components"]["securitySchemes"] = _SECURITY_SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _naming_problems() -> APIRoute:
    """No route of the service: it brings the schemas of problems into the document, which routes name only."""

    def never() -> None: ...

    models: dict[int | str, dict[str, Any]] = {400 + number: {"model": schema} for number, schema in enumerate(SCHEMAS)}
    return APIRoute("/problems", never, responses=models)


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every route with a handler of ours, in the contract or not."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            yield route


def declared_right(route: RouteContext) -> str | None:
    """The right that a route requires: `signed-in` or `open` if it needs none, None if it declares nothing."""
    match requirement(route.dependant):
        case Requires(right=right):
            return right.value if right is not None else "signed-in"
        case OpenToAll():
            return "open"
        case None:
            return None


def _describe(operation: dict[str, Any], right: str | None) -> None:
    operation[RIGHT] = right
    operation["security"] = [] if right in {None, "open"} else [{"token": []}, {"session": []}]


def _describe_success(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """A response is described by its route's `response_description`, or else by the schema that it has."""
    for status, response in operation["responses"].items():
        if response["description"] == _UNDESCRIBED:
            content = response.get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            started = status == "202" and name in {"OperationRead", "PromotionSetRead"}
            if status == "204":
                response["description"] = _NO_CONTENT
            elif name in schemas:
                response["description"] = _STARTED if started else schemas[name]["description"]


def _exemplify(operation: dict[str, Any], example: Mapping[str, Any]) -> None:
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["examples"] = _named(example["request"])
    for status, response in operation["responses"].items():
        if "response" in example and status.startswith("2"):
            response["content"]["application/json"]["examples"] = _named(example["response"])


def _describe_stream(operation: dict[str, Any], model: Any) -> None:
    """OpenAPI 3.1 cannot describe streams: as in 3.2, the schema is that of one event. FastAPI calls it a text."""
    for response in operation["responses"].values():
        if stream := response.get("content", {}).get("text/event-stream"):
            told = {"$ref": f"#/components/schemas/{model.__name__}"}
            text = {"type": "string"}
            data = {**text, "contentMediaType": "application/json", "contentSchema": told}
            members = {"id": text, "event": text, "data": data}
            stream["schema"] = {"type": "object", "properties": members, "required": [*members]}


def _named(value: Any) -> dict[str, Any]:
    return {"usual": {"value": value}}


def main() -> None:
    json.dump(contract(described_app()), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
