"""Each channel shows texts as they are: nothing in them is a link, a mention, a card's markup or a mail's header."""

import base64
import json
import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.planning.notifications import cloud_events, slack, teams
from services.planning.notifications.mail import mail_of
from services.planning.notifications.retries import TRIES, again_in
from services.planning.notifications.wording import message_of
from tests.support.notifications import AT, make_failed, make_started, one_of_each

LINK = "https://stagecoach.example/operations/1?a=1&b=2"
EVENT = "01a23296-eac2-7a24-9aff-842be6e97e93"
HOSTILE = (
    "<!channel> <@U123> <https://evil.example|the runbook> & [the runbook](https://evil.example) {{DATE(1)}}"
    "\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script> # heading\n- item\n1. item"
)


def mail(told, *, link: str | None = LINK):
    return mail_of(
        message_of(told),
        link,
        sender="stagecoach@shop.example",
        recipients=["ada@shop.example", "bob@shop.example"],
        event_id=EVENT,
        subject=told.subject,
        at=AT,
    )


def read(made):
    return message_from_bytes(made.as_bytes(), policy=SMTP)


def every_text(value) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in every_text(each)]
    if isinstance(value, list):
        return [text for each in value for text in every_text(each)]
    return [value] if isinstance(value, str) else []


def test_slack_interprets_nothing_but_our_own_link():
    body = slack.body_of(message_of(make_failed(detail=HOSTILE)), LINK)
    links = [found for text in every_text(body) for found in re.findall(r"<[^>]*>", text)]
    assert links == [f"<{LINK.replace('&', '&amp;')}|Open the operation>"]
    texts = [each for block in body["blocks"] for each in (*block.get("fields", []), block.get("text")) if each]
    assert all(each["verbatim"] is True for each in texts)


@settings(max_examples=50)
@given(st.text(alphabet="&<>a\n", max_size=40), st.integers(1, 30))
def test_what_slack_gets_is_never_cut_inside_of_an_escaped_character(text, longest):
    cut = slack.escaped(text, longest=longest)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", cut)
    assert len(cut) <= longest + 1


def test_every_text_that_slack_gets_is_short_enough_for_it():
    body = slack.body_of(message_of(make_failed(detail="&" * 5000)), LINK)
    assert max(len(text) for text in every_text(body)) <= 3000
    assert all(len(field["text"]) <= 2000 for block in body["blocks"] for field in block.get("fields", []))


def test_a_card_interprets_nothing_but_our_own_button():
    body = teams.body_of(message_of(make_failed(detail=HOSTILE)), LINK)
    card = body["attachments"][0]["content"]
    assert [each["url"] for each in card["actions"]] == [LINK]
    for text in every_text(card["body"]):
        assert not re.search(r"(?<!\\)[\[\]()*_`~#]", text)
        assert "{{" not in text
        assert "<script" not in text
        assert not re.search(r"^\s*(-|\d+\.)", text, re.MULTILINE)


def test_a_mail_has_the_headers_that_we_gave_it_and_no_others():
    made = read(mail(make_started(application=HOSTILE)))
    assert {name.lower() for name in made} == {
        *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted"),
        *("mime-version", "content-type"),
    }
    assert "\n" not in made["Subject"]
    assert "Bcc" not in made
    assert made["To"] == "ada@shop.example, bob@shop.example"
    html = made.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert re.findall(r'href="([^"]*)"', html) == [LINK.replace("&", "&amp;")]


def test_mails_of_an_operation_are_one_thread_and_each_try_is_the_same_mail():
    started, failed = read(mail(make_started())), read(mail(make_failed()))
    assert started["References"] == failed["References"]
    assert started["Message-ID"] == read(mail(make_started()))["Message-ID"] == f"<{EVENT}@shop.example>"


def test_without_a_public_address_there_is_no_link():
    message = message_of(make_started())
    assert "actions" not in slack.body_of(message, None)
    assert [block["type"] for block in slack.body_of(message, None)["blocks"]] == ["section", "section"]
    assert teams.body_of(message, None)["attachments"][0]["content"]["actions"] == []
    assert "href" not in read(mail(make_started(), link=None)).get_body(("html",)).get_content()


def test_a_webhook_is_a_cloud_event_with_all_that_is_known():
    for told in one_of_each():
        body = cloud_events.body_of(told, event_id=EVENT, at=AT, source="https://stagecoach.example", link=LINK)
        event = json.loads(body)
        assert {"specversion", "id", "source", "type", "time", "datacontenttype", "data"} <= event.keys()
        assert (event["specversion"], event["id"], event["type"]) == ("1.0", EVENT, f"stagecoach.{told.type}")
        assert event["time"] == "2026-12-01T17:30:00+00:00"
        assert event["data"] == {"title": message_of(told).title, "url": LINK, **told.to_json()}


def test_the_signature_is_that_of_the_standard():
    # The vector that the reference implementations of Standard Webhooks are tested with.
    signed = cloud_events.signature(
        b'{"test": 2432232314}',
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp="1614265330",
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_secrets_sign_while_one_replaces_the_other():
    secrets = [cloud_events.new_secret(bytes([number] * 32)) for number in (1, 2)]
    headers = cloud_events.headers_of(b"{}", event_id=EVENT, at=AT, secrets=secrets)
    alone = [
        cloud_events.headers_of(b"{}", event_id=EVENT, at=AT, secrets=[each])["webhook-signature"] for each in secrets
    ]
    assert headers["webhook-signature"].split() == alone
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert base64.b64decode(secrets[0].removeprefix("whsec_")) == bytes([1] * 32)


def test_there_are_seven_tries_within_a_day_with_growing_pauses():
    def pauses(chance: float) -> list[timedelta]:
        found = [again_in(attempts, asked=None, chance=chance) for attempts in range(1, 20)]
        return [each for each in found if each is not None]

    assert len(pauses(0.0)) == TRIES - 1 == 6
    assert pauses(1.0) == sorted(pauses(1.0))
    assert timedelta(hours=22) < sum(pauses(0.0), timedelta(0)) < sum(pauses(1.0), timedelta(0)) < timedelta(hours=26)


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (timedelta(seconds=1), timedelta(seconds=10)),
        (timedelta(hours=3), timedelta(hours=3)),
        (timedelta(days=9), timedelta(days=1)),
    ],
)
def test_what_the_other_side_asks_for_is_respected_up_to_a_day(asked, waits):
    assert again_in(1, asked=asked, chance=0.0) == waits
