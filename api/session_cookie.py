"""The cookie that carries a session's secret.

Where people reach the service by https, the cookie is `Secure` and its name begins with `__Host-`: a browser then takes
it from this very host over https only, so no other host of the domain, and nobody on the way, can plant one
(RFC 6265bis, section 4.1.3.2). The proxy in front may speak plain HTTP to this process, so it is the public address
that decides, and the scheme of the request where there is none.
"""

from dataclasses import dataclass

from fastapi import Request, Response

PLAIN_COOKIE = "stagecoach_session"
SECURE_COOKIE = "__Host-stagecoach_session"
_PLAIN_FLOW = "stagecoach_sign_in"
_SECURE_FLOW = "__Host-stagecoach_sign_in"


@dataclass(frozen=True)
class PublicAddress:
    """The address at which people reach the service, as far as it is configured."""

    url: str | None

    @property
    def https(self) -> bool:
        return (self.url or "").lower().startswith("https:")


def session_secret(request: Request) -> str | None:
    """The secret of the cookie that this service sets; a plain one is not taken where a secure one is set."""
    return request.cookies.get(SECURE_COOKIE if _secure(request) else PLAIN_COOKIE)


def set_session(request: Request, response: Response, secret: str, *, seconds: int) -> None:
    secure = _secure(request)
    response.set_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE,
        secret,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def drop_session(request: Request, response: Response) -> None:
    secure = _secure(request)
    name = SECURE_COOKIE if secure else PLAIN_COOKIE
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")


def flow_secret(request: Request) -> str | None:
    """The secret by which a browser is known again when it comes back from an OpenID provider."""
    return request.cookies.get(_SECURE_FLOW if _secure(request) else _PLAIN_FLOW)


def set_flow(request: Request, response: Response, secret: str, *, seconds: int) -> None:
    """Lax, unlike the session's: browsers send no Strict cookie along when another site, the provider, leads here."""
    secure = _secure(request)
    response.set_cookie(
        _SECURE_FLOW if secure else _PLAIN_FLOW,
        secret,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def _secure(request: Request) -> bool:
    public: PublicAddress = request.state.public
    return public.https or request.url.scheme == "https"
