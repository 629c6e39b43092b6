"""Azure Container Registry's events by way of Event Grid, in both of its schemas, and its questions beforehand."""

import json
from typing import Any

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Request, UnreadableDeliveryError
from services.registry.formats import FORMATS
from tests.support.report_cases import SAMPLES, images

ACR = FORMATS[Provider.ACR]
REPORT = json.loads((SAMPLES / "acr.json").read_text())
PUSHED = "Microsoft.ContainerRegistry.ImagePushed"


def parsed(body: Any):
    return ACR.parse(Request(body=json.dumps(body).encode(), headers={}), ReceiverSettings())


def event(*, cloud: bool, type_: str = PUSHED, data: Any = None):
    named = {"specversion": "1.0", "type": type_} if cloud else {"eventType": type_, "dataVersion": "1.0"}
    return {"id": "831e1650", "subject": "example/shop-web:1.4.2", "data": REPORT if data is None else data, **named}


@pytest.mark.parametrize("body", [[event(cloud=False)], event(cloud=True), [event(cloud=True)]])
def test_the_registrys_report_is_read_inside_of_the_event(body):
    assert parsed(body).pushed == parsed(REPORT).pushed != ()
    assert parsed(body).delivery_id == "831e1650"


def test_several_events_are_read_one_by_one_and_what_is_no_push_is_ignored():
    chart = event(cloud=False, type_="Microsoft.ContainerRegistry.ChartPushed")
    deleted = event(cloud=True, type_="Microsoft.ContainerRegistry.ImageDeleted")
    found = parsed([chart, event(cloud=False), deleted])
    assert len(found.pushed) == 1
    assert [each.code for each in found.events if isinstance(each, IgnoredEvent)] == ["chart", "not-a-push"]
    assert found.delivery_id is None


def test_the_code_of_a_validation_is_to_be_sent_back():
    validation = event(
        cloud=False, type_="Microsoft.EventGrid.SubscriptionValidationEvent", data={"validationCode": "512d38b6"}
    )
    found = parsed([validation])
    assert found.handshake is not None
    assert (found.handshake.code, images(found.events)) == ("512d38b6", [])
    assert "512d38b6" not in repr(found)


@pytest.mark.parametrize("body", [[{"data": REPORT}], ["x"], {"specversion": "1.0", "data": REPORT}])
def test_an_event_without_a_type_is_unreadable(body):
    with pytest.raises(UnreadableDeliveryError):
        parsed(body)


def test_who_may_deliver_is_whoever_asks_by_a_host_name_and_only_here():
    assert ACR.allowed_origin("eventgrid.azure.net") == "eventgrid.azure.net"
    assert [ACR.allowed_origin(each) for each in (None, "", "a\r\nb: c", "*")] == [None] * 4
    assert FORMATS[Provider.GITLAB].allowed_origin("eventgrid.azure.net") is None
