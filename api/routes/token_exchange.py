"""Where CI jobs exchange their own token. The token is the proof; refusals look as OAuth 2.0 has them."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from api.authentication import Open, whence
from api.dependencies import ExchangeDep
from api.guarded_route import guarded_router
from api.responses import open_problems
from api.schemas.trusts import ExchangedTokenRead, OAuthError
from api.token_exchange import ExchangeRequestError, read_exchange
from domain.actors import Origin, Via
from services.people.exchanging import ExchangedToken, ExchangeRefusedError

router = guarded_router(tags=["access"])

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "subject_token", "subject_token_type"],
                    "properties": {
                        "grant_type": {"const": "urn:ietf:params:oauth:grant-type:token-exchange"},
                        "subject_token": {"type": "string", "description": "The token that the CI provider issued."},
                        "subject_token_type": {
                            "enum": [
                                "urn:ietf:params:oauth:token-type:jwt",
                                "urn:ietf:params:oauth:token-type:id_token",
                            ]
                        },
                        "audience": {"type": "string", "description": "If sent, the audience of the token."},
                        "resource": {"type": "string", "description": "As `audience`."},
                    },
                }
            }
        },
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthError, "description": "The token is not accepted, or the request is no token exchange."},
}


@router.post(
    "/token",
    operation_id="exchangeToken",
    summary="Exchange a CI job's own token",
    description="The form of RFC 8693. The token has to fit a trust, and its signature to be its issuer's. Most are "
    "taken once only. The new token acts for the trust for fifteen minutes.",
    response_model=ExchangedTokenRead,
    responses={**open_problems(413, 429), **_REFUSED},
    openapi_extra=_FORM,
)
async def exchange_token(_: Open, request: Request, exchange: ExchangeDep) -> Response:
    exchange.admit(request.client.host if request.client else "")
    try:
        asked = read_exchange(await request.body(), media_type=request.headers.get("content-type", ""))
        origin = Origin(via=Via.EXCHANGE, **whence(request))
        return _issued(await exchange.exchange(asked.subject_token, audiences=asked.audiences, origin=origin))
    except ExchangeRequestError as error:
        return _refusal(error.error, error.detail)
    except ExchangeRefusedError as error:
        return _refusal("invalid_grant", error.detail)


def _issued(token: ExchangedToken) -> Response:
    body = ExchangedTokenRead(
        access_token=token.secret,
        issued_token_type="urn:ietf:params:oauth:token-type:access_token",  # noqa: S106 - a type, not a token
        token_type="Bearer",  # noqa: S106
        expires_in=token.seconds,
    )
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "no-store"})


def _refusal(error: str, description: str) -> Response:
    body = OAuthError(error=error, error_description=description)
    return JSONResponse(body.model_dump(), status_code=400, headers={"Cache-Control": "no-store"})
