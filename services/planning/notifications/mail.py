"""A notification as an e-mail: plain text, and the same as HTML.

All mails of a subject (an operation, a proposal) refer to one id, so that mail programs show them as one thread.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from services.planning.notifications.wording import Message

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LONGEST_SUBJECT = 200


def mail_of(
    message: Message,
    link: str | None,
    *,
    sender: str,
    recipients: Sequence[str],
    event_id: str,
    subject: str | None,
    at: datetime,
) -> EmailMessage:
    """The mail. A further try to send it has the same `Message-ID`."""
    domain = Address(addr_spec=sender).domain
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name="Stagecoach", addr_spec=sender)
    mail["To"] = [Address(addr_spec=each) for each in recipients]
    mail["Subject"] = one_line(message.title)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{event_id}@{domain}>"
    if subject is not None:
        thread = f"<{hashlib.sha256(subject.encode()).hexdigest()[:32]}@{domain}>"
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    mail.set_content(_plain(message, link))
    mail.add_alternative(_html(message, link), subtype="html")
    return mail


def one_line(text: str) -> str:
    """The text as a header may hold it: a line break in it would begin another header."""
    line = _CONTROL.sub(" ", text).strip()
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1]}…"


def _plain(message: Message, link: str | None) -> str:
    facts = [f"{label}: {_indented(text)}" for label, text in message.facts]
    return "\n".join([message.title, "", *facts, *(["", link] if link else [])]) + "\n"


def _indented(text: str) -> str:
    return f"\n  {text.replace(chr(10), f'{chr(10)}  ')}" if "\n" in text else text


def _html(message: Message, link: str | None) -> str:
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:#555;vertical-align:top">{escape(label)}</td>'
        f'<td style="padding:2px 0;white-space:pre-line">{escape(text)}</td></tr>'
        for label, text in message.facts
    )
    anchor = f'<p><a href="{escape(link)}">{escape(message.link)}</a></p>' if link else ""
    return f"<h3>{escape(message.title)}</h3><table>{rows}</table>{anchor}\n"
