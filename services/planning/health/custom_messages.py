"""What may be kept and shown of a message that a custom resource's controller wrote. Pure.

Nobody has vetted it: a controller that cannot connect may quote the address with the password in it.
"""

import re

LONGEST = 200  # characters
_HIDDEN = "[hidden]"
_WHOLE = 4096  # characters of a message that are looked at: what is beyond is not kept anyway
_USER_OF_URL = re.compile(r"(?<=://)[^\s/@]*(?=@)")
_ASSIGNED = re.compile(r"(?i)\b([\w.-]*(?:passw|token|secret|credential|api[_-]?key)[\w.-]*=)[^\s,;&]+")


def safe_message(message: object) -> str:
    """The message in one line of at most 200 characters, without what looks like a credential; empty where it is none.

    Of what it returns it returns the same.
    """
    if not isinstance(message, str):
        return ""
    text = " ".join(message[:_WHOLE].split())
    text = _ASSIGNED.sub(rf"\1{_HIDDEN}", _USER_OF_URL.sub(_HIDDEN, text))
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 2].rpartition(' ')[0]} …".lstrip()  # at a word: half a credential would not be known
