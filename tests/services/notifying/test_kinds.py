"""What is entered of a channel: each kind takes what it needs, and nothing that would lead astray."""

from typing import Any

import pytest

from domain.stored.channels import ChannelSecrets, ChannelSettings
from domain.words import ChannelKind, MailSecurity
from services.errors import InvalidRequestError
from services.net.addresses import AddressPolicy
from services.notifying.kinds import Entered, changed, created

POLICY = AddressPolicy(allow_loopback=False, allow_private=True)
MAIL: dict[str, Any] = {
    "host": "smtp.shop.example",
    "port": 587,
    "security": MailSecurity.STARTTLS,
    "sender": "stagecoach@shop.example",
    "recipients": ("ada@shop.example",),
}


def test_each_kind_shows_of_an_address_what_is_no_secret():
    for kind, url, shown in (
        (ChannelKind.SLACK_WEBHOOK, "https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com"),
        (
            ChannelKind.TEAMS,
            "https://prod-1.westeurope.logic.azure.com:443/a?sig=x",
            "https://prod-1.westeurope.logic.azure.com",
        ),
        (ChannelKind.WEBHOOK, "http://[fd00::7]:8080/in", "http://[fd00::7]:8080"),
    ):
        settings, secrets = created(kind, Entered(url=url), POLICY)
        assert (settings, secrets) == (ChannelSettings(destination=shown), ChannelSecrets(url=url))
        assert url not in repr((settings, secrets, Entered(url=url)))


REFUSED: list[tuple[ChannelKind, dict[str, Any], str]] = [
    (ChannelKind.WEBHOOK, {}, "url"),
    (ChannelKind.WEBHOOK, {"url": "ftp://hooks.example/"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://user:pass@hooks.example/"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://hooks.example/ x"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://hooks.example/\r\nHost: a"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://hooks.example:99999/"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://169.254.169.254/latest"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://2852039166/latest"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://127.0.0.1/"}, "url"),
    (ChannelKind.WEBHOOK, {"url": "https://a.example/", "token": "xoxb-12345"}, "token"),
    (ChannelKind.TEAMS, {"url": "http://workflow.example/x"}, "url"),
    (ChannelKind.SLACK, {"token": "xoxb-12345"}, "conversation"),
    (ChannelKind.SLACK, {"token": "xoxb-12345\r\nX: y", "conversation": "C0123ABCD"}, "token"),
    (ChannelKind.SLACK, {"token": "xoxb-12345", "conversation": "#general"}, "conversation"),
    (ChannelKind.EMAIL, {**MAIL, "host": "smtp.example\r\nX"}, "host"),
    (ChannelKind.EMAIL, {**MAIL, "host": "169.254.169.254"}, "host"),
    (ChannelKind.EMAIL, {**MAIL, "sender": "a@b.example>\r\nRCPT TO:<c@d.example"}, "sender"),
    (ChannelKind.EMAIL, {**MAIL, "recipients": ("a@b.example", "a@b.example, c")}, "recipients[1]"),
    (ChannelKind.EMAIL, {**MAIL, "recipients": ()}, "recipients"),
    (ChannelKind.EMAIL, {**MAIL, "username": "ada"}, "password"),
    (ChannelKind.EMAIL, {**MAIL, "username": "a", "password": "b", "security": MailSecurity.NONE}, "security"),
]


@pytest.mark.parametrize(("kind", "given", "field"), REFUSED)
def test_what_is_wrong_is_named(kind, given, field):
    with pytest.raises(InvalidRequestError) as caught:
        created(kind, Entered(**given), POLICY)
    assert caught.value.field == field


def test_an_account_is_left_by_an_empty_user_name_and_its_password_goes_with_it():
    settings, secrets = created(ChannelKind.EMAIL, Entered(**MAIL, username="ada", password="pass"), POLICY)
    assert (settings.username, secrets.password) == ("ada", "pass")
    settings, secrets = changed(ChannelKind.EMAIL, Entered(username=""), POLICY, settings=settings, secrets=secrets)
    assert (settings.username, secrets.password) == (None, None)
