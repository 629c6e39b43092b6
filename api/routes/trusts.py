"""Trusts of CI jobs, and the bench where a token is tried on them."""

from fastapi import Response

from api.authentication import Admin
from api.dependencies import IdPath, TrustsDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.trusts import TokenTrialRead, TrustCreate, TrustPage, TrustRead, TrustTestRequest
from services.people.trusts import TrustView

router = guarded_router(prefix="/trusts", tags=["access"])


@router.get(
    "",
    operation_id="listTrusts",
    summary="List trusts by name",
    response_model=TrustPage,
    responses=problems(),
)
async def list_trusts(grant: Admin, trusts: TrustsDep, paging: PagingDep) -> Page[TrustView]:
    return answered(await trusts.list(grant, after=paging.after, limit=paging.limit))


@router.post(
    "",
    operation_id="createTrust",
    summary="Trust CI jobs",
    description="Their tokens then act for the trust, with the rights that are bound to it: at first with none.",
    status_code=201,
    response_model=TrustRead,
    responses=problems(404, 409, 413),
)
async def create_trust(grant: Admin, body: TrustCreate, trusts: TrustsDep) -> TrustView:
    return await trusts.create(grant, body.to_trust())


@router.post(
    "/test",
    operation_id="testTrusts",
    summary="Try a token on all trusts",
    description="Each trust says claim by claim what fits, and whether the signature is its issuer's. The token is "
    "neither stored nor logged, and not taken.",
    responses=problems(413),
)
async def test_trusts(grant: Admin, body: TrustTestRequest, trusts: TrustsDep, response: Response) -> TokenTrialRead:
    response.headers["Cache-Control"] = "no-store"
    return TokenTrialRead.of(await trusts.test(grant, body.token.get_secret_value()))


@router.get(
    "/{trust}",
    operation_id="getTrust",
    summary="Get a trust",
    response_model=TrustRead,
    responses=problems(404),
)
async def get_trust(grant: Admin, trust: IdPath, trusts: TrustsDep) -> TrustView:
    return await trusts.get(grant, trust)


@router.put(
    "/{trust}",
    operation_id="replaceTrust",
    summary="Change a trust",
    description="Tokens that were exchanged by the former terms are revoked. The kind stays.",
    response_model=TrustRead,
    responses=problems(404, 409, 413),
)
async def replace_trust(grant: Admin, trust: IdPath, body: TrustCreate, trusts: TrustsDep) -> TrustView:
    return await trusts.replace(grant, trust, body.to_trust())


@router.delete(
    "/{trust}",
    operation_id="deleteTrust",
    summary="Delete a trust",
    description="Its bindings are deleted too, and its tokens refused from now on.",
    status_code=204,
    responses=problems(404),
)
async def delete_trust(grant: Admin, trust: IdPath, trusts: TrustsDep) -> None:
    await trusts.delete(grant, trust)
