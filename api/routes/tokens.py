"""Tokens: create, list, revoke."""

from fastapi import Response

from api.authentication import Admin
from api.dependencies import AccessDep, IdPath
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.tokens import TokenCreate, TokenCreated, TokenPage
from services.people.tokens import TokenView

router = guarded_router(prefix="/tokens", tags=["access"])


@router.get(
    "",
    operation_id="listTokens",
    summary="List tokens, the newest first",
    description="Those of people and service accounts too, but not those of CI jobs, which live for minutes.",
    response_model=TokenPage,
    responses=problems(),
)
async def list_tokens(_: Admin, access: AccessDep, paging: PagingDep) -> Page[TokenView]:
    return answered(await access.tokens(after=paging.after, limit=paging.limit))


@router.post(
    "",
    operation_id="createToken",
    summary="Create a token that acts as itself",
    description="It has its role everywhere; a service account's has the rights that are bound. This response alone "
    "contains the token's secret.",
    status_code=201,
    responses=problems(409, 413),
)
async def create_token(grant: Admin, body: TokenCreate, access: AccessDep, response: Response) -> TokenCreated:
    response.headers["Cache-Control"] = "no-store"
    return TokenCreated.of(
        await access.issue(name=body.name, role=body.role, expires_at=body.expiry, actor=grant.actor)
    )


@router.delete(
    "/{token}",
    operation_id="revokeToken",
    summary="Revoke a token",
    description="The token, and every session that began with it, is refused from now on.",
    status_code=204,
    responses=problems(404),
)
async def revoke_token(actor: Admin, token: IdPath, access: AccessDep) -> None:
    await access.revoke(token, caller=actor.caller)
