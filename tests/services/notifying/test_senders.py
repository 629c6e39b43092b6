"""Each kind of channel, against a server on loopback that speaks what the other side does."""

import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest

from db.outbox import SentMessage
from domain.notification_values import Notification
from domain.words import ChannelKind, MailSecurity
from sandbox.tls import make_identity
from services.net.addresses import AddressPolicy
from services.notifying.errors import SendError
from services.notifying.sending import open_senders
from services.notifying.values import Outgoing, Placed
from services.planning.notifications.cloud_events import signature
from tests.support.channels import SECRET, unsaved_channel
from tests.support.hooks import Reply, hooks_server
from tests.support.notifications import AT, make_failed, make_started
from tests.support.smtp_server import smtp_server

EVERYWHERE = AddressPolicy(allow_loopback=True, allow_private=True)
OUTSIDE = AddressPolicy(allow_loopback=False, allow_private=True)
EVENT = "01a23296-eac2-7a24-9aff-842be6e97e93"
PUBLIC = "https://stagecoach.example"
PASSWORD = "correct horse battery staple"
TOKEN = "xoxb-1234-secret"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """The context of a server for localhost, and one that trusts it."""
    identity = make_identity()
    trusting = ssl.create_default_context(cadata=identity.authority)
    return identity.context(tmp_path_factory.mktemp("tls")), trusting


@asynccontextmanager
async def senders(*, addresses=EVERYWHERE, slack_api="https://slack.com/api", trust=None):
    async with open_senders(addresses=addresses, public_url=PUBLIC, slack_api=slack_api, trust=trust) as opened:
        yield opened


def outgoing(told: Notification | None = None, *, shown: SentMessage | None = None) -> Outgoing:
    return Outgoing(notification=told or make_started(), event_id=EVENT, at=AT, shown=shown)


def mail_channel(server, *, host="localhost", **given):
    settings = {
        "host": host,
        "port": server.port,
        "security": MailSecurity.STARTTLS,
        "sender": "stagecoach@shop.example",
        "recipients": ("ada@shop.example", "bob@shop.example"),
    }
    return unsaved_channel(ChannelKind.EMAIL, **settings | given)


async def test_a_webhook_is_signed_and_the_same_at_each_try():
    async with hooks_server() as hooks, senders() as sender:
        channel = unsaved_channel(
            ChannelKind.WEBHOOK,
            url=f"{hooks.address}/in?token=a%2Fb",
            signing=SECRET,
            former_signing="whsec_" + "A" * 32,
            former_until=datetime.now(UTC) + timedelta(hours=1),
        )
        for _ in range(2):
            delivered = await sender.send(channel, outgoing())
    first, second = hooks.requests
    assert (delivered.status, first.path) == (200, "/in?token=a%2Fb")
    assert (first.body, first.headers["webhook-id"]) == (second.body, EVENT)
    assert first.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    stamp = first.headers["webhook-timestamp"]
    expected = signature(first.body, event_id=EVENT, timestamp=stamp, secret=SECRET)
    assert first.headers["webhook-signature"].split()[0] == expected
    assert len(first.headers["webhook-signature"].split()) == 2
    assert first.json["data"]["url"] == f"{PUBLIC}/operations/{make_started().operation}"


async def test_what_a_webhook_answers_decides_what_becomes_of_it():
    async with hooks_server() as hooks, senders() as sender:
        channel = unsaved_channel(ChannelKind.WEBHOOK, url=f"{hooks.address}/secret-path", signing=SECRET)
        for reply, status, gone, asked in (
            (Reply(status=500), 500, False, None),
            (Reply(status=302, headers={"Location": "http://169.254.169.254/"}), 302, False, None),
            (Reply(status=410), 410, True, None),
            (Reply(status=503, headers={"Retry-After": "90"}), 503, False, timedelta(seconds=90)),
            (Reply(status=429, headers={"Retry-After": "soon"}), 429, False, None),
        ):
            hooks.replies = [reply]
            with pytest.raises(SendError) as caught:
                await sender.send(channel, outgoing())
            assert (caught.value.status, caught.value.gone, caught.value.asked) == (status, gone, asked)
            assert "secret-path" not in caught.value.detail
    assert len(hooks.requests) == 5


async def test_nothing_is_sent_to_an_address_that_the_policy_refuses(tls):
    async with hooks_server() as hooks, smtp_server(tls=tls[0]) as server, senders(addresses=OUTSIDE) as sender:
        port = hooks.address.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
            channel = unsaved_channel(ChannelKind.WEBHOOK, url=f"http://{host}:{port}/secret-path", signing=SECRET)
            with pytest.raises(SendError, match="does not connect") as caught:
                await sender.send(channel, outgoing())
            assert "secret-path" not in caught.value.detail
        for host in ("127.0.0.1", "localhost", "0x7f.1"):
            with pytest.raises(SendError, match="does not connect"):
                await sender.send(mail_channel(server, host=host), outgoing())
    assert hooks.requests == []
    assert server.commands == []


async def test_a_slack_bot_posts_once_for_an_operation_and_then_changes_its_message():
    async with hooks_server() as hooks, senders(slack_api=f"{hooks.address}/api") as sender:
        channel = unsaved_channel(ChannelKind.SLACK, conversation="C0123", token=TOKEN)
        hooks.replies = [Reply(body={"ok": True, "channel": "C0123", "ts": "17.5"})]
        posted = await sender.send(channel, outgoing())
        shown = SentMessage(conversation="C0123", message="17.5", number=1)
        await sender.send(channel, outgoing(make_failed(), shown=shown))
        hooks.replies = [
            Reply(body={"ok": False, "error": "message_not_found"}),
            Reply(body={"ok": True, "channel": "C0123", "ts": "18.0"}),
        ]
        anew = await sender.send(channel, outgoing(make_failed(), shown=shown))
    assert [each.path for each in hooks.requests] == [
        "/api/chat.postMessage",
        "/api/chat.update",
        "/api/chat.update",
        "/api/chat.postMessage",
    ]
    assert all(each.headers["Authorization"] == f"Bearer {TOKEN}" for each in hooks.requests)
    assert (hooks.requests[1].json["channel"], hooks.requests[1].json["ts"]) == ("C0123", "17.5")
    assert posted.placed == Placed(conversation="C0123", message="17.5")
    assert anew.placed == Placed(conversation="C0123", message="18.0")


async def test_slack_says_what_is_missing_and_how_long_to_wait():
    async with hooks_server() as hooks, senders(slack_api=hooks.address) as sender:
        channel = unsaved_channel(ChannelKind.SLACK, conversation="C0123", token=TOKEN)
        for reply, sentence in (
            (Reply(body={"ok": False, "error": "not_in_channel"}), "Invite the bot"),
            (Reply(body={"ok": False, "error": "token_revoked"}), "Store a new bot token"),
            (Reply(body=["no object"]), "not a JSON object"),
            (Reply(status=429, headers={"Retry-After": "7"}), "Slack answered 429"),
        ):
            hooks.replies = [reply]
            with pytest.raises(SendError, match=sentence) as caught:
                await sender.send(channel, outgoing())
            assert TOKEN not in caught.value.detail
    assert caught.value.asked == timedelta(seconds=7)


async def test_an_incoming_webhook_and_a_workflow_get_a_message_each():
    async with hooks_server() as hooks, senders() as sender:
        for kind in (ChannelKind.SLACK_WEBHOOK, ChannelKind.TEAMS):
            await sender.send(unsaved_channel(kind, url=f"{hooks.address}/{kind}"), outgoing())
    slack, teams = hooks.requests
    assert slack.json["blocks"][0]["text"]["text"].endswith("Promotion of shop to Production started*")
    assert teams.json["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"


async def test_a_mail_goes_over_starttls_with_a_login(tls):
    login = ("stagecoach", PASSWORD)
    async with smtp_server(tls=tls[0], login=login) as server, senders(trust=tls[1]) as sender:
        delivered = await sender.send(mail_channel(server, username=login[0], password=PASSWORD), outgoing())
    ((recipients, body),) = server.mails
    assert (delivered.status, delivered.note) == (250, None)
    assert recipients == ("ada@shop.example", "bob@shop.example")
    assert message_from_bytes(body)["Message-ID"] == f"<{EVENT}@shop.example>"
    assert [each.split(" ")[0] for each in server.commands][:4] == ["ehlo", "STARTTLS", "ehlo", "AUTH"]


async def test_a_mail_goes_over_tls_from_the_first_byte(tls):
    async with smtp_server(tls=tls[0], implicit=True) as server, senders(trust=tls[1]) as sender:
        await sender.send(mail_channel(server, security=MailSecurity.TLS), outgoing())
    assert len(server.mails) == 1


async def test_no_password_and_no_mail_goes_over_a_connection_that_is_not_what_was_asked_for(tls):
    given = {"username": "stagecoach", "password": PASSWORD}
    async with smtp_server(login=("stagecoach", PASSWORD)) as plain, senders(trust=tls[1]) as sender:
        with pytest.raises(SendError, match="does not offer what is needed"):
            await sender.send(mail_channel(plain, **given), outgoing())
    async with smtp_server(tls=tls[0]) as stranger, senders() as sender:  # which nobody here trusts
        with pytest.raises(SendError, match="is not trusted"):
            await sender.send(mail_channel(stranger, **given), outgoing())
    for server in (plain, stranger):
        assert not server.mails
        assert not any(each.upper().startswith(("AUTH", "MAIL")) for each in server.commands)


async def test_what_a_mail_server_refuses_is_said_without_the_password(tls):
    gone = frozenset({"bob@shop.example"})
    async with (
        smtp_server(tls=tls[0], login=("stagecoach", "another"), refused=gone) as server,
        senders(trust=tls[1]) as sender,
    ):
        with pytest.raises(SendError, match="user name and password") as caught:
            await sender.send(mail_channel(server, username="stagecoach", password=PASSWORD), outgoing())
        assert (caught.value.status, PASSWORD in caught.value.detail) == (535, False)
        delivered = await sender.send(mail_channel(server), outgoing())
        assert delivered.note == "The server refused bob@shop.example."
        with pytest.raises(SendError, match="refused every recipient: no such mailbox"):
            await sender.send(mail_channel(server, recipients=("bob@shop.example",)), outgoing())


async def test_a_server_that_is_away_is_named_and_its_address_is_not():
    async with hooks_server() as hooks:
        away = hooks.address
    async with senders() as sender:
        channel = unsaved_channel(ChannelKind.TEAMS, url=f"{away}/secret-path")
        with pytest.raises(SendError, match=r"Connecting to 127\.0\.0\.1 failed: Connection refused") as caught:
            await sender.send(channel, outgoing())
        assert "secret-path" not in caught.value.detail
        port = int(away.rpartition(":")[2])
        channel = unsaved_channel(
            ChannelKind.EMAIL,
            host="localhost",
            port=port,
            security=MailSecurity.NONE,
            sender="a@b.example",
            recipients=("c@d.example",),
        )
        with pytest.raises(SendError, match=rf"Connecting to localhost, port {port}, failed"):
            await sender.send(channel, outgoing())
