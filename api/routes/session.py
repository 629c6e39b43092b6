"""Sessions of the console, and the caller's identity.

The cookie is HttpOnly and SameSite=Strict; writes carry the session's CSRF token as well (`api.authentication`).
"""

from fastapi import APIRouter, Request, Response

from api.authentication import SESSION_COOKIE, Open, ProofDep, Viewer, csrf_token
from api.dependencies import AccessDep
from api.responses import open_problems, problems
from api.schemas.access import Me, SessionCreate, SignInCodeCreated
from services.people.access import Proof, SignInCode

router = APIRouter(tags=["access"])


@router.get("/me", operation_id="getMe", summary="Get the caller's identity", responses=problems())
async def get_me(_: Viewer, access: AccessDep, proof: ProofDep) -> Me:
    csrf = csrf_token(proof.secret) if proof.by == "session" else None
    return Me.of(await access.identity(proof), proof, csrf_token=csrf)


@router.post(
    "/session",
    operation_id="signIn",
    summary="Sign in with a token or a one-time code",
    description="Sets the session cookie. Writes by the session carry `csrf_token` as `X-CSRF-Token`.",
    status_code=201,
    responses=open_problems(401, 413),
)
async def sign_in(_: Open, body: SessionCreate, access: AccessDep, request: Request, response: Response) -> Me:
    session = await access.sign_in(token=body.plain_token, code=body.plain_code)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        SESSION_COOKIE,
        session.secret,
        max_age=session.seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    proof = Proof(secret=session.secret, by="session")
    return Me.of(session.identity, proof, csrf_token=csrf_token(session.secret))


@router.delete(
    "/session",
    operation_id="signOut",
    summary="Sign out",
    status_code=204,
    responses=problems(),
)
async def sign_out(_: Viewer, access: AccessDep, proof: ProofDep, response: Response) -> None:
    await access.sign_out(proof)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")


@router.post(
    "/session/codes",
    operation_id="createSignInCode",
    summary="Create a one-time code that signs a browser in as the caller",
    status_code=201,
    response_model=SignInCodeCreated,
    responses=problems(),
)
async def create_sign_in_code(actor: Viewer, access: AccessDep, response: Response) -> SignInCode:
    response.headers["Cache-Control"] = "no-store"
    return await access.sign_in_code(actor)
