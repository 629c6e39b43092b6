"""Amazon SNS: which messages are accepted, and which URLs are fetched."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import FetchedKeys, ProofRefusedError, Request, UnreadableDeliveryError
from services.registry.formats import FORMATS, ignored
from services.registry.formats.sns_signature import is_certificate_url, is_subscribe_url
from tests.support.report_cases import CASES, NOW, SECRET, TOPIC, certificate, sns, verify

CASE = next(case for case in CASES if case.provider is Provider.ECR_SNS)
FORM = FORMATS[Provider.ECR_SNS]
SUBSCRIBE = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb"


def confirmation(**changes: str) -> bytes:
    sample = json.loads(CASE.sent)
    message = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37fb",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": SUBSCRIBE,
        "Timestamp": "2026-01-05T12:00:00.123Z",
        "SigningCertURL": sample["SigningCertURL"],
    }
    return json.dumps(message | changes).encode()


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_subscription_that_is_proved_is_to_be_confirmed(version: str):
    request = sns(confirmation(), SECRET, version=version)
    verify(CASE, request)
    parsed = FORM.parse(request, CASE.settings)
    assert parsed.events == (ignored.CONFIRMING,)
    assert parsed.confirmation is not None
    assert parsed.confirmation.url == SUBSCRIBE
    assert "Token" not in repr(parsed)


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "https://evil.example/?Action=ConfirmSubscription",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com:444/?Action=ConfirmSubscription",
        "https://user@sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Action=DeleteTopic",
        "https://sns.eu-west-1.amazonaws.com/elsewhere?Action=ConfirmSubscription",
        "https://[::1/?Action=ConfirmSubscription",
    ],
)
def test_nothing_else_is_confirmed(url: str):
    assert not is_subscribe_url(url)
    with pytest.raises(UnreadableDeliveryError, match="SubscribeURL"):
        FORM.parse(Request(body=confirmation(SubscribeURL=url)), CASE.settings)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-d246d6ae.pem", True),
        ("https://sns.us-gov-west-1.amazonaws.com/a.pem", True),
        ("https://sns.cn-north-1.amazonaws.com.cn/a.pem", True),
        ("https://sns.eu-west-1.amazonaws.com/a.pem?x=1", False),
        ("https://sns.eu-west-1.amazonaws.com/a.pem#x", False),
        ("https://sns.eu-west-1.amazonaws.com/../a.pem", False),
        ("https://sns.eu-west-1.amazonaws.com/a.txt", False),
        ("http://sns.eu-west-1.amazonaws.com/a.pem", False),
        ("https://sns.eu-west-1.amazonaws.com:443/a.pem", False),
        ("https://sns.eu-west-1.amazonaws.com@evil.example/a.pem", False),
        ("https://evil.example\\@sns.eu-west-1.amazonaws.com/a.pem", False),
        ("https://bucket.s3.amazonaws.com/a.pem", False),
        ("https://sns.amazonaws.com/a.pem", False),
        ("https://sns.eu-west-1.amazonaws.com\n/a.pem", False),
        ("", False),
    ],
)
def test_a_certificate_is_amazons(url: str, *, allowed: bool):
    assert is_certificate_url(url) is allowed


def test_another_certificate_is_not_even_fetched():
    body = json.loads(CASE.sent) | {"SigningCertURL": "https://evil.example/a.pem"}
    with pytest.raises(ProofRefusedError, match="SigningCertURL"):
        FORM.required_key(sns(json.dumps(body).encode(), SECRET), CASE.settings)


@pytest.mark.parametrize("topics", [(), (f"{TOPIC}-2",)])
def test_another_topics_message_is_refused_although_amazon_signed_it(topics: tuple[str, ...]):
    with pytest.raises(ProofRefusedError, match="topics"):
        verify(replace(CASE, settings=ReceiverSettings(topics=topics)), sns(CASE.sent, SECRET))


def test_raw_delivery_has_no_signature_and_is_refused():
    event = json.loads(CASE.sent)["Message"].encode()
    for body in (event, sns(CASE.sent, SECRET).body):
        with pytest.raises(ProofRefusedError, match="raw") as refused:
            verify(CASE, Request(body=body, headers={"x-amz-sns-rawdelivery": "true"}))
        assert refused.value.missing


@pytest.mark.parametrize("days", [-2, 2])
def test_a_certificate_counts_only_while_it_is_valid(days: int):
    with pytest.raises(ProofRefusedError, match="not valid now"):
        verify(CASE, sns(CASE.sent, SECRET), now=NOW + dt.timedelta(days=days))


@pytest.mark.parametrize("body", [b"", b"no certificate", certificate()[:200]])
def test_what_is_no_certificate_proves_nothing(body: bytes):
    request = sns(CASE.sent, SECRET)
    required_key = FORM.required_key(request, CASE.settings)
    assert required_key is not None
    with pytest.raises(ProofRefusedError, match="certificate"):
        FORM.verify(
            request, secrets=(), settings=CASE.settings, keys=FetchedKeys(url=required_key.url, body=body), now=NOW
        )


def test_the_kinds_of_signature_are_not_mixed_up():
    request = sns(CASE.sent, SECRET, version="1")
    body = json.loads(request.body) | {"SignatureVersion": "2"}
    with pytest.raises(ProofRefusedError, match="signature"):
        verify(CASE, replace(request, body=json.dumps(body).encode()))
