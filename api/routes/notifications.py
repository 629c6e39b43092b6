"""Notifications: the channels that they go to, the routes that lead there, and what was and was not sent."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Response

from api.authentication import Admin
from api.dependencies import ChannelsDep, IdPath, NotificationRoutesDep
from api.guarded_route import guarded_router
from api.pagination import PagingDep, answered
from api.responses import problems
from api.schemas.notifications import (
    ChannelCreate,
    ChannelIssued,
    ChannelPage,
    ChannelRead,
    ChannelRotate,
    ChannelTested,
    ChannelUpdate,
    NotificationPage,
    NotificationRead,
    NotificationRouteCreate,
    NotificationRoutePage,
    NotificationRouteRead,
    NotificationRouteUpdate,
    NotificationsSendAgain,
    NotificationsSentAgain,
)
from domain.words import OutboxState

router = guarded_router(tags=["notifications"])

_STATE = Query(description="Only notifications of this state.")


@router.get("/channels", operation_id="listChannels", summary="List channels by name", responses=problems())
async def list_channels(grant: Admin, channels: ChannelsDep, paging: PagingDep) -> ChannelPage:
    page = answered(await channels.list(grant, after=paging.after, limit=paging.limit))
    return ChannelPage(items=[ChannelRead.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post(
    "/channels",
    operation_id="createChannel",
    summary="Create a channel",
    description="Where notifications go. The response to a signed webhook shows its secret, which no other one does. "
    "Nothing is sent to it before a route leads there.",
    status_code=201,
    responses=problems(409, 413),
)
async def create_channel(grant: Admin, body: ChannelCreate, channels: ChannelsDep, response: Response) -> ChannelIssued:
    issued = await channels.add(grant, name=body.name, kind=body.kind, entered=body.settings.to_entered())
    response.headers["Location"] = f"/api/v1/channels/{issued.view.record.id}"
    response.headers["Cache-Control"] = "no-store"
    return ChannelIssued.issued(issued)


@router.get("/channels/{channel}", operation_id="getChannel", summary="Get a channel", responses=problems(404))
async def get_channel(grant: Admin, channel: IdPath, channels: ChannelsDep) -> ChannelRead:
    return ChannelRead.of(await channels.get(grant, channel))


@router.patch(
    "/channels/{channel}",
    operation_id="updateChannel",
    summary="Update a channel's name or settings",
    description="A mail server's password has to be sent again where the server or the user name changes.",
    responses=problems(404, 409, 413),
)
async def update_channel(grant: Admin, channel: IdPath, body: ChannelUpdate, channels: ChannelsDep) -> ChannelRead:
    entered = body.settings.to_entered()
    return ChannelRead.of(await channels.update(grant, channel, name=body.name, entered=entered))


@router.delete(
    "/channels/{channel}",
    operation_id="deleteChannel",
    summary="Delete a channel",
    description="Its routes and its notifications are deleted with it.",
    status_code=204,
    responses=problems(404),
)
async def delete_channel(grant: Admin, channel: IdPath, channels: ChannelsDep) -> None:
    await channels.delete(grant, channel)


@router.post(
    "/channels/{channel}/enable",
    operation_id="enableChannel",
    summary="Enable a channel",
    description="What is dead stays dead until it is sent again.",
    responses=problems(404),
)
async def enable_channel(grant: Admin, channel: IdPath, channels: ChannelsDep) -> ChannelRead:
    return ChannelRead.of(await channels.switch(grant, channel, enabled=True))


@router.post(
    "/channels/{channel}/disable",
    operation_id="disableChannel",
    summary="Disable a channel",
    description="What waits for it is dead, and nothing more is written for it.",
    responses=problems(404),
)
async def disable_channel(grant: Admin, channel: IdPath, channels: ChannelsDep) -> ChannelRead:
    return ChannelRead.of(await channels.switch(grant, channel, enabled=False))


@router.post(
    "/channels/{channel}/rotate",
    operation_id="rotateChannel",
    summary="Replace a webhook's signing secret",
    description="The previous secret signs, too, until `former_until`, so that the receiver can be changed meanwhile.",
    responses=problems(404, 413),
)
async def rotate_channel(
    grant: Admin, channel: IdPath, body: ChannelRotate, channels: ChannelsDep, response: Response
) -> ChannelIssued:
    response.headers["Cache-Control"] = "no-store"
    kept = timedelta(seconds=body.keep_former_seconds)
    return ChannelIssued.issued(await channels.rotate(grant, channel, keep_former=kept))


@router.post(
    "/channels/{channel}/test",
    operation_id="testChannel",
    summary="Send a test to a channel",
    description="Sends it now and says what became of it.",
    responses=problems(404),
)
async def try_channel(grant: Admin, channel: IdPath, channels: ChannelsDep) -> ChannelTested:
    return ChannelTested.reading(await channels.test(grant, channel))


@router.get(
    "/channels/{channel}/notifications",
    operation_id="listNotifications",
    summary="List a channel's notifications, the newest first",
    responses=problems(404),
)
async def list_notifications(
    grant: Admin,
    channel: IdPath,
    channels: ChannelsDep,
    paging: PagingDep,
    state: Annotated[OutboxState | None, _STATE] = None,
) -> NotificationPage:
    page = answered(
        await channels.notifications(grant, channel, state=state, after=paging.after_number, limit=paging.limit)
    )
    return NotificationPage(items=[NotificationRead.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post(
    "/channels/{channel}/notifications/resend",
    operation_id="resendNotifications",
    summary="Send dead notifications again",
    description="With all their tries. They keep the ids by which receivers recognise what they have.",
    responses=problems(404, 413),
)
async def resend_notifications(
    grant: Admin, channel: IdPath, body: NotificationsSendAgain, channels: ChannelsDep
) -> NotificationsSentAgain:
    return NotificationsSentAgain(count=await channels.send_again(grant, channel, body.notifications))


@router.get(
    "/notification-routes",
    operation_id="listNotificationRoutes",
    summary="List the routes of notifications",
    responses=problems(),
)
async def list_routes(grant: Admin, routes: NotificationRoutesDep, paging: PagingDep) -> NotificationRoutePage:
    page = answered(await routes.list(grant, after=paging.after, limit=paging.limit))
    items = [NotificationRouteRead.of(each) for each in page.items]
    return NotificationRoutePage(items=items, next_cursor=page.next_cursor)


@router.post(
    "/notification-routes",
    operation_id="createNotificationRoute",
    summary="Lead notifications to a channel",
    status_code=201,
    responses=problems(404, 413),
)
async def create_route(
    grant: Admin, body: NotificationRouteCreate, routes: NotificationRoutesDep, response: Response
) -> NotificationRouteRead:
    view = await routes.add(grant, body.to_changes())
    response.headers["Location"] = f"/api/v1/notification-routes/{view.record.id}"
    return NotificationRouteRead.of(view)


@router.patch(
    "/notification-routes/{notification_route}",
    operation_id="updateNotificationRoute",
    summary="Update a route of notifications",
    responses=problems(404, 413),
)
async def update_route(
    grant: Admin, notification_route: IdPath, body: NotificationRouteUpdate, routes: NotificationRoutesDep
) -> NotificationRouteRead:
    return NotificationRouteRead.of(await routes.update(grant, notification_route, body.to_changes()))


@router.delete(
    "/notification-routes/{notification_route}",
    operation_id="deleteNotificationRoute",
    summary="Delete a route of notifications",
    status_code=204,
    responses=problems(404),
)
async def delete_route(grant: Admin, notification_route: IdPath, routes: NotificationRoutesDep) -> None:
    await routes.delete(grant, notification_route)
