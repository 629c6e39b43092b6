"""Signing in with OpenID Connect: the routes that browsers and providers come to without a session.

Whatever goes wrong leads a browser back to the sign-in page, whose address then names the provider and the problem.
"""

from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.authentication import Open, address_of, user_agent_of
from api.dependencies import SigningInDep
from api.errors import problem as problem_document
from api.guarded_route import guarded_router
from api.responses import open_problems
from api.schemas.people import SignInProblemRead, SignInProviderList, SignInProviderRead
from api.session_cookie import flow_secret, set_flow, set_session
from domain.actors import Origin, Via
from services.people.signing_in import FLOW_LIFETIME
from services.planning.people.open_id import SignInRefused
from services.planning.people.return_to import START, safe_return
from services.planning.people.sign_in_problems import SignInProblem

router = guarded_router(prefix="/session", tags=["access"])

ProviderPath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$", description="The name of an OpenID provider.")]
Answers = dict[int | str, dict[str, Any]]
_TO_PROVIDER: Answers = {302: {"description": "To the provider, or to the sign-in page that says what is wrong."}}
_TO_CONSOLE: Answers = {302: {"description": "To the page that asked, or to the sign-in page that says what is wrong."}}


@router.get(
    "/providers",
    operation_id="listSignInProviders",
    summary="List the OpenID providers through which people sign in",
    responses=open_problems(),
)
async def list_providers(_: Open, signing_in: SigningInDep) -> SignInProviderList:
    return SignInProviderList(items=[SignInProviderRead.reading(each) for each in await signing_in.offered()])


@router.get(
    "/oidc/{provider}",
    operation_id="beginSignIn",
    summary="Begin to sign in through an OpenID provider",
    description="For browsers: sets a cookie, by which this browser is known again, and leads to the provider.",
    response_class=RedirectResponse,
    status_code=302,
    responses={**open_problems(), **_TO_PROVIDER},
)
async def begin_sign_in(
    _: Open,
    provider: ProviderPath,
    signing_in: SigningInDep,
    request: Request,
    return_to: Annotated[str | None, Query(max_length=2000, description="A path of the console.")] = None,
) -> Response:
    try:
        begun = await signing_in.begin(
            provider, return_to=return_to, browser=flow_secret(request), address=address_of(request)
        )
    except SignInRefused as refused:
        return _to_sign_in_page(provider, refused.problem, return_to)
    response = RedirectResponse(begun.url, status_code=302)
    set_flow(request, response, begun.browser, seconds=int(FLOW_LIFETIME.total_seconds()))
    return response


@router.get(
    "/oidc/{provider}/callback",
    operation_id="finishSignIn",
    summary="Finish to sign in: where the OpenID provider sends the browser back to",
    description="This address, at the public one, is the redirect URI to register at the provider.",
    response_class=RedirectResponse,
    status_code=302,
    responses={**open_problems(), **_TO_CONSOLE},
)
async def finish_sign_in(_: Open, provider: ProviderPath, signing_in: SigningInDep, request: Request) -> Response:
    origin = Origin(via=Via.SESSION, address=address_of(request), request_id=request.state.request_id)
    try:
        finished = await signing_in.finish(
            provider,
            dict(request.query_params),
            browser=flow_secret(request),
            origin=origin,
            user_agent=user_agent_of(request),
        )
    except SignInRefused as refused:
        return _to_sign_in_page(provider, refused.problem, None)
    response = RedirectResponse(finished.return_to, status_code=302)
    set_session(request, response, finished.secret, seconds=finished.seconds)
    return response


@router.get(
    "/oidc/{provider}/problems/{problem}",
    operation_id="explainSignInProblem",
    summary="Explain what went wrong with a sign-in",
    description="For the sign-in page, whose address names the problem.",
    responses=open_problems(),
)
async def explain_sign_in_problem(
    _: Open, provider: ProviderPath, problem: SignInProblem, signing_in: SigningInDep
) -> SignInProblemRead:
    return SignInProblemRead(problem=problem, detail=signing_in.explained(provider, problem))


@router.post(
    "/oidc/{provider}/back-channel-logout",
    operation_id="endSessionsByProvider",
    summary="End the sessions that the OpenID provider has ended",
    description="For providers: OpenID Connect Back-Channel Logout 1.0. The form has the member `logout_token`.",
    status_code=200,
    response_class=Response,
    response_description="The sessions have ended, or had before.",
    responses=open_problems(400, 413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"logout_token": {"type": "string"}},
                        "required": ["logout_token"],
                    }
                }
            },
        }
    },
)
async def end_sessions_by_provider(
    _: Open, provider: ProviderPath, signing_in: SigningInDep, request: Request
) -> Response:
    fields = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
    try:
        await signing_in.end_by_provider(provider, fields.get("logout_token", ""), address=address_of(request))
    except SignInRefused as refused:
        # Section 2.8 asks for 400, and for no caching.
        return problem_document(
            status=400,
            code="logout-refused",
            title="The logout token was refused",
            detail=signing_in.explained(provider, refused.problem),
            request_id=request.state.request_id,
        )
    return Response(status_code=200)


def _to_sign_in_page(provider: str, problem: SignInProblem, return_to: str | None) -> Response:
    page = safe_return(return_to)
    named = {"provider": provider, "problem": problem.value, **({} if page == START else {"return": page})}
    return RedirectResponse(f"/sign-in?{urlencode(named)}", status_code=302)
