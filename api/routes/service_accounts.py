"""Service accounts and their tokens."""

from fastapi import Response

from api.authentication import Admin, SignedIn
from api.dependencies import IdPath, ServiceAccountsDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.tokens import (
    ScopedTokenCreate,
    ServiceAccountCreate,
    ServiceAccountPage,
    ServiceAccountPatch,
    ServiceAccountRead,
    TokenCreated,
    TokenPage,
)
from db.service_accounts import ServiceAccountRecord
from services.people.tokens import TokenView

router = guarded_router(prefix="/service-accounts", tags=["access"])


@router.get(
    "",
    operation_id="listServiceAccounts",
    summary="List service accounts by name",
    description="All of them for an administrator, else those that the caller owns.",
    response_model=ServiceAccountPage,
    responses=problems(),
)
async def list_service_accounts(
    actor: SignedIn, accounts: ServiceAccountsDep, paging: PagingDep
) -> Page[ServiceAccountRecord]:
    return answered(await accounts.list(actor, after=paging.after, limit=paging.limit))


@router.post(
    "",
    operation_id="createServiceAccount",
    summary="Create a service account",
    description="The caller is its owner. It may do what bindings say, at first nothing.",
    status_code=201,
    response_model=ServiceAccountRead,
    responses=problems(409, 413),
)
async def create_service_account(
    grant: Admin, body: ServiceAccountCreate, accounts: ServiceAccountsDep
) -> ServiceAccountRecord:
    return await accounts.create(grant, name=body.name, description=body.description)


@router.get(
    "/{service_account}",
    operation_id="getServiceAccount",
    summary="Get a service account",
    response_model=ServiceAccountRead,
    responses=problems(404),
)
async def get_service_account(
    actor: SignedIn, service_account: IdPath, accounts: ServiceAccountsDep
) -> ServiceAccountRecord:
    return await accounts.get(actor, service_account)


@router.patch(
    "/{service_account}",
    operation_id="updateServiceAccount",
    summary="Change, disable or enable a service account",
    response_model=ServiceAccountRead,
    responses=problems(404, 409, 413),
)
async def update_service_account(
    grant: Admin,
    service_account: IdPath,
    body: ServiceAccountPatch,
    accounts: ServiceAccountsDep,
) -> ServiceAccountRecord:
    return await accounts.change(grant, service_account, body.to_changes())


@router.delete(
    "/{service_account}",
    operation_id="deleteServiceAccount",
    summary="Delete a service account",
    description="Its bindings are deleted too, and its tokens refused from now on.",
    status_code=204,
    responses=problems(404),
)
async def delete_service_account(grant: Admin, service_account: IdPath, accounts: ServiceAccountsDep) -> None:
    await accounts.delete(grant, service_account)


@router.get(
    "/{service_account}/tokens",
    operation_id="listServiceAccountTokens",
    summary="List a service account's tokens, the newest first",
    response_model=TokenPage,
    responses=problems(404),
)
async def list_service_account_tokens(
    actor: SignedIn, service_account: IdPath, accounts: ServiceAccountsDep, paging: PagingDep
) -> Page[TokenView]:
    return answered(await accounts.tokens(actor, service_account, after=paging.after, limit=paging.limit))


@router.post(
    "/{service_account}/tokens",
    operation_id="createServiceAccountToken",
    summary="Create a token of a service account",
    description="By an administrator or the account's owner. This response alone contains the token's secret.",
    status_code=201,
    responses=problems(404, 409, 413),
)
async def create_service_account_token(
    actor: SignedIn,
    service_account: IdPath,
    body: ScopedTokenCreate,
    accounts: ServiceAccountsDep,
    response: Response,
) -> TokenCreated:
    response.headers["Cache-Control"] = "no-store"
    return TokenCreated.of(await accounts.issue_token(actor, service_account, body.to_token()))


@router.delete(
    "/{service_account}/tokens/{token}",
    operation_id="revokeServiceAccountToken",
    summary="Revoke a token of a service account",
    status_code=204,
    responses=problems(404),
)
async def revoke_service_account_token(
    actor: SignedIn, service_account: IdPath, token: IdPath, accounts: ServiceAccountsDep
) -> None:
    await accounts.revoke_token(actor, service_account, token)
