"""Sessions of the console, and the caller's identity.

The cookie is HttpOnly and SameSite=Strict; writes carry the session's CSRF token as well (`api.authentication`).
"""

from fastapi import Request, Response

from api.authentication import Open, ProofDep, SignedIn, csrf_token, proof_of, user_agent_of, whence
from api.dependencies import AccessDep, IdPath, SessionsDep, SigningInDep
from api.guarded_route import guarded_router
from api.responses import open_problems, problems
from api.schemas.access import Me, SessionCreate, SessionRead, SignInCodeCreated
from api.schemas.people import SessionList, SignedOut
from api.session_cookie import drop_session, set_session
from services.errors import UnauthenticatedError
from services.people.access import Proof, SignInCode

router = guarded_router(tags=["access"])


@router.get("/me", operation_id="getMe", summary="Get the caller's identity", responses=problems())
async def get_me(_: SignedIn, access: AccessDep, proof: ProofDep) -> Me:
    csrf = csrf_token(proof.secret) if proof.by == "session" else None
    return Me.of(await access.identity(proof), proof, csrf_token=csrf)


@router.get(
    "/session",
    operation_id="getSession",
    summary="Get who is signed in, if anybody",
    description="As `getMe`, but a caller without a valid token or session gets null instead of a refusal.",
    responses=open_problems(),
)
async def get_session(_: Open, access: AccessDep, request: Request, response: Response) -> SessionRead:
    response.headers["Cache-Control"] = "no-store"
    try:
        proof = await proof_of(request)
        identity = await access.identity(proof)
    except UnauthenticatedError:
        return SessionRead(me=None)
    csrf = csrf_token(proof.secret) if proof.by == "session" else None
    return SessionRead(me=Me.of(identity, proof, csrf_token=csrf))


@router.post(
    "/session",
    operation_id="signIn",
    summary="Sign in with a token or a one-time code",
    description="Sets the session cookie. Writes by the session carry `csrf_token` as `X-CSRF-Token`.",
    status_code=201,
    responses=open_problems(401, 413),
)
async def sign_in(_: Open, body: SessionCreate, access: AccessDep, request: Request, response: Response) -> Me:
    session = await access.sign_in(
        token=body.plain_token, code=body.plain_code, user_agent=user_agent_of(request), **whence(request)
    )
    response.headers["Cache-Control"] = "no-store"
    set_session(request, response, session.secret, seconds=session.seconds)
    proof = Proof(secret=session.secret, by="session")
    return Me.of(session.identity, proof, csrf_token=csrf_token(session.secret))


@router.delete(
    "/session",
    operation_id="signOut",
    summary="Sign out",
    status_code=204,
    responses=problems(),
)
async def sign_out(actor: SignedIn, access: AccessDep, proof: ProofDep, request: Request, response: Response) -> None:
    await access.sign_out(proof, actor=actor)
    drop_session(request, response)


@router.post(
    "/session/sign-out",
    operation_id="signOutEverywhere",
    summary="Sign out here, and learn where to sign out at the OpenID provider",
    description="Ends the session and its cookie, as `signOut` does. A browser that goes to the URL signs out at the "
    "provider as well.",
    responses=problems(),
)
async def sign_out_everywhere(
    actor: SignedIn, access: AccessDep, signing_in: SigningInDep, proof: ProofDep, request: Request, response: Response
) -> SignedOut:
    provider = await access.sign_out(proof, actor=actor)
    drop_session(request, response)
    return SignedOut(provider_url=await signing_in.end_url(provider) if provider else None)


@router.get(
    "/session/sessions",
    operation_id="listSessions",
    summary="List the caller's sessions, the newest first",
    description="Those of the person, or of the token by which the caller signed in.",
    responses=problems(),
)
async def list_sessions(actor: SignedIn, sessions: SessionsDep) -> SessionList:
    return SessionList.of(await sessions.own(actor), present=actor.session_id)


@router.delete(
    "/session/sessions/{session}",
    operation_id="endSession",
    summary="End a session of the caller",
    description="And those that its one-time codes have begun.",
    status_code=204,
    responses=problems(404),
)
async def end_session(actor: SignedIn, session: IdPath, sessions: SessionsDep) -> None:
    await sessions.end_own(session, actor=actor)


@router.post(
    "/session/codes",
    operation_id="createSignInCode",
    summary="Create a one-time code that signs a browser in as the caller",
    status_code=201,
    response_model=SignInCodeCreated,
    responses=problems(),
)
async def create_sign_in_code(actor: SignedIn, access: AccessDep, response: Response) -> SignInCode:
    response.headers["Cache-Control"] = "no-store"
    return await access.sign_in_code(actor)
