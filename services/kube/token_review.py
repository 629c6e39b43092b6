"""Asks a cluster whether a service account's token is good: for a pod and an account that exist, and for an audience.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
"""

from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.gateway import ReviewedToken
from services.kube.requests import Repeat, Request

TOKEN_REVIEW_RIGHT = "create tokenreviews.authentication.k8s.io"  # noqa: S105 - the name of a right
_PATH = "/apis/authentication.k8s.io/v1/tokenreviews"


async def review_token(caller: Caller, token: str, *, audience: str, deadline: Deadline) -> ReviewedToken:
    """Raises `AccessDeniedError` where the credential lacks `TOKEN_REVIEW_RIGHT`, and other `ClusterError`s."""
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token, "audiences": [audience]},
    }
    request = Request(verb="review", method="POST", path=_PATH, body=body, repeat=Repeat.READ)  # it writes nothing
    status = (await caller.send(request, deadline=deadline)).get("status") or {}
    # A server that does not know audiences returns none, and its yes is not for this one.
    if status.get("authenticated") is not True or audience not in (status.get("audiences") or ()):
        return ReviewedToken(username=None)
    username = (status.get("user") or {}).get("username")
    return ReviewedToken(username=username if isinstance(username, str) else None)
