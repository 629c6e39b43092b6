"""Receivers, their secrets, tests and deliveries; and the supported registries."""

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query, Response

from api.authentication import Lister, Maintainer, SignedIn, Viewer
from api.dependencies import IdPath, ReceiversDep, ReceiverTrialDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, answered
from api.responses import problems
from api.schemas.receivers import (
    DeliveryDetail,
    DeliveryPage,
    DeliveryRead,
    ProviderRead,
    ProvidersRead,
    ReceiverCreate,
    ReceiverIssued,
    ReceiverPage,
    ReceiverRead,
    ReceiverRotate,
    ReceiverTest,
    ReceiverTested,
    ReceiverUpdate,
)
from domain.words import DeliveryFate
from services.registry.formats import FORMATS

router = guarded_router(tags=["receivers"])

ReceiverPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{24,64}$", examples=["b7Vd0cX2mQ9rT4yK8nLw1sZe5uHg3fJa"])]
_FATE = Query(description="Only deliveries of this fate.")


@router.get(
    "/providers",
    operation_id="listProviders",
    summary="List the supported registries and how to configure each",
    responses=problems(),
)
async def list_providers(_: SignedIn) -> ProvidersRead:
    return ProvidersRead(items=[ProviderRead.of(form) for form in FORMATS.values()])


@router.get("/receivers", operation_id="listReceivers", summary="List receivers by name", responses=problems())
async def list_receivers(grant: Lister, receivers: ReceiversDep, paging: PagingDep) -> ReceiverPage:
    page = answered(await receivers.list(grant, after=paging.after, limit=paging.limit))
    return ReceiverPage(items=[ReceiverRead.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post(
    "/receivers",
    operation_id="createReceiver",
    summary="Create a receiver",
    description="The response shows its secret, which no other one does, and the steps to configure the registry.",
    status_code=201,
    responses=problems(404, 409, 413),
)
async def create_receiver(
    actor: Maintainer, body: ReceiverCreate, receivers: ReceiversDep, response: Response
) -> ReceiverIssued:
    issued = await receivers.add(body.to_new(), actor=actor)
    response.headers["Location"] = f"/api/v1/receivers/{issued.view.record.id}"
    return ReceiverIssued.issued(issued)


@router.get("/receivers/{receiver}", operation_id="getReceiver", summary="Get a receiver", responses=problems(404))
async def get_receiver(actor: Viewer, receiver: ReceiverPath, receivers: ReceiversDep) -> ReceiverRead:
    return ReceiverRead.of(await receivers.get(receiver, actor=actor))


@router.patch(
    "/receivers/{receiver}",
    operation_id="updateReceiver",
    summary="Update a receiver's name, application or settings",
    responses=problems(404, 409, 413),
)
async def update_receiver(
    actor: Maintainer, receiver: ReceiverPath, body: ReceiverUpdate, receivers: ReceiversDep
) -> ReceiverRead:
    return ReceiverRead.of(await receivers.update(receiver, body.to_changes(), actor=actor))


@router.delete(
    "/receivers/{receiver}",
    operation_id="deleteReceiver",
    summary="Delete a receiver",
    description="Its deliveries are deleted with it; the image pushes that it reported stay.",
    status_code=204,
    responses=problems(404),
)
async def delete_receiver(actor: Maintainer, receiver: ReceiverPath, receivers: ReceiversDep) -> None:
    await receivers.delete(receiver, actor=actor)


@router.post(
    "/receivers/{receiver}/rotate",
    operation_id="rotateReceiver",
    summary="Replace a receiver's secret",
    description="The previous secret stays valid until `former_until`, so that no delivery is lost while the registry "
    "is changed. An older one ends now.",
    responses=problems(404, 413),
)
async def rotate_receiver(
    actor: Maintainer, receiver: ReceiverPath, body: ReceiverRotate, receivers: ReceiversDep
) -> ReceiverIssued:
    kept = timedelta(seconds=body.keep_former_seconds)
    return ReceiverIssued.issued(await receivers.rotate(receiver, actor=actor, keep_former=kept))


@router.post(
    "/receivers/{receiver}/test",
    operation_id="testReceiver",
    summary="Test a delivery",
    description="Says which proof is required and given, which events were parsed, and which environments would deploy "
    "them, by which rule. Nothing is changed or stored.",
    responses=problems(404, 413),
)
async def try_delivery(
    actor: Maintainer, receiver: ReceiverPath, body: ReceiverTest, trial: ReceiverTrialDep
) -> ReceiverTested:
    return ReceiverTested.of(await trial.attempt(receiver, body.to_sample(), actor=actor))


@router.get(
    "/receivers/{receiver}/deliveries",
    operation_id="listDeliveries",
    summary="List a receiver's deliveries, the newest first",
    responses=problems(404),
)
async def list_deliveries(
    actor: Viewer,
    receiver: ReceiverPath,
    receivers: ReceiversDep,
    paging: PagingDep,
    fate: Annotated[DeliveryFate | None, _FATE] = None,
) -> DeliveryPage:
    page = answered(
        await receivers.deliveries(receiver, actor=actor, fate=fate, after=paging.after, limit=paging.limit)
    )
    return DeliveryPage(items=[DeliveryRead.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get(
    "/receivers/{receiver}/deliveries/{delivery}",
    operation_id="getDelivery",
    summary="Get a delivery with its body",
    description="Never with its proof. The body of a rejected delivery is not stored.",
    responses=problems(404),
)
async def get_delivery(
    actor: Maintainer, receiver: ReceiverPath, delivery: IdPath, receivers: ReceiversDep
) -> DeliveryDetail:
    return DeliveryDetail.detailed(await receivers.delivery(receiver, delivery, actor=actor))
