"""A person's own tokens."""

from fastapi import Response

from api.authentication import SignedIn
from api.dependencies import IdPath, PersonalTokensDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.tokens import ScopedTokenCreate, TokenCreated, TokenPage
from services.people.tokens import TokenView

router = guarded_router(prefix="/me/tokens", tags=["access"])


@router.get(
    "",
    operation_id="listMyTokens",
    summary="List the caller's own tokens, the newest first",
    description="Only people have personal tokens. A caller that authenticates by one sees that one alone.",
    response_model=TokenPage,
    responses=problems(),
)
async def list_my_tokens(actor: SignedIn, tokens: PersonalTokensDep, paging: PagingDep) -> Page[TokenView]:
    return answered(await tokens.list(actor, after=paging.after, limit=paging.limit))


@router.post(
    "",
    operation_id="createMyToken",
    summary="Create a personal token",
    description="It has its owner's rights as they are when it is used, within its own role and scope, and ends with "
    "its owner. A token cannot create one. This response alone contains the token's secret.",
    status_code=201,
    responses=problems(404, 409, 413),
)
async def create_my_token(
    actor: SignedIn, body: ScopedTokenCreate, tokens: PersonalTokensDep, response: Response
) -> TokenCreated:
    response.headers["Cache-Control"] = "no-store"
    return TokenCreated.of(await tokens.issue(actor, body.to_token()))


@router.delete(
    "/{token}",
    operation_id="revokeMyToken",
    summary="Revoke one of the caller's own tokens",
    description="A caller that authenticates by a personal token can revoke that one alone.",
    status_code=204,
    responses=problems(404),
)
async def revoke_my_token(actor: SignedIn, token: IdPath, tokens: PersonalTokensDep) -> None:
    await tokens.revoke(actor, token)
