"""Where registries report pushed images. Each delivery carries its provider's own proof, not a token or session."""

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.authentication import Open
from api.dependencies import ReceivingDep
from api.guarded_route import guarded_router
from api.responses import open_problems
from api.schemas.receivers import DeliveryReceived
from services.registry.deliveries import Request as Report

router = guarded_router(prefix="/webhooks", tags=["receivers"], base="")

_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}}


@router.post(
    "/{receiver}",
    operation_id="receiveDelivery",
    summary="Report a pushed image",
    description="In the form of the receiver's provider, with its proof. The delivery is stored before the response; "
    "verdicts on the image follow later. `fate` says whether it was accepted: a pull, a ping or a repetition is "
    "answered 202 too. An unreadable delivery is answered 422, but 202 to providers that would resend it endlessly or "
    "disable their webhook.",
    status_code=202,
    response_model=DeliveryReceived,
    responses=open_problems(401, 404, 413, 429),
    openapi_extra=_BODY,
)
async def receive_delivery(
    _: Open, receiver: str, request: Request, receiving: ReceivingDep
) -> DeliveryReceived | JSONResponse:
    known = await receiving.known(receiver)  # nobody's body is read who does not know a receiver's address
    report = Report(body=await request.body(), headers=dict(request.headers), query=dict(request.query_params))
    received = await receiving.receive(receiver, report, receiver=known)
    if received.handshake is not None:  # Event Grid takes 200 alone
        return JSONResponse({"validationResponse": received.handshake.code})
    return DeliveryReceived.of(received)


@router.options("/{receiver}", include_in_schema=False)
async def answer_handshake(_: Open, receiver: str, request: Request, receiving: ReceivingDep) -> Response:
    """The abuse protection of CloudEvents, by which a sender asks whether it may deliver; it proves nothing.

    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
    """
    known = await receiving.known(receiver)
    origin = receiving.allowed_origin(known, request.headers.get("WebHook-Request-Origin"))
    if origin is None:
        return Response(status_code=405, headers={"Allow": "POST"})
    return Response(headers={"Allow": "POST", "WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})
