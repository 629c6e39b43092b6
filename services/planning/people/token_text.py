"""The text of a token: a prefix that says whose it is, 256 random bits, and a checksum. Pure.

Secret scanners find a token by its prefix and tell a real one from an example by its checksum, without asking anybody.
The scheme is GitHub's: the CRC32 of the random part, as six digits to the base of 62
(https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).

Tokens of former releases begin with `stg_` and have no checksum; they stay valid.
"""

import re
import zlib
from enum import StrEnum
from hashlib import sha256

FORMER_PREFIX = "stg_"
RANDOM_BYTES = 32


class TokenPrefix(StrEnum):
    """Whose token it is, for whoever finds it in a log."""

    PERSON = "stgp_"
    SERVICE_ACCOUNT = "stgs_"
    CI_JOB = "stgc_"


_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_DIGITS = 43  # the fewest that hold 256 bits
_CHECK_DIGITS = 6  # the fewest that hold 32 bits
_FORM = re.compile(rf"(stg[psc]_)([0-9A-Za-z]{{{_RANDOM_DIGITS}}})([0-9A-Za-z]{{{_CHECK_DIGITS}}})")


def token_text(prefix: TokenPrefix, random: bytes) -> str:
    """The token of 32 random bytes."""
    assert len(random) == RANDOM_BYTES
    digits = _base62(int.from_bytes(random), _RANDOM_DIGITS)
    return f"{prefix}{digits}{_checksum(digits)}"


def token_fault(text: str) -> str | None:
    """Why the text cannot be a token that was ever issued; None where only the database can tell.

    The sentence repeats nothing of the text.
    """
    if not text.startswith(tuple(TokenPrefix)):
        return None  # of a former release, or no token at all
    form = _FORM.fullmatch(text)
    if form is None:
        return "The token is incomplete, or has characters that do not belong to it. Copy the whole of it again."
    _, digits, check = form.groups()
    if _checksum(digits) != check:
        return "The token's checksum is wrong: a character of it is missing or was changed. Copy the whole of it again."
    return None


def token_hash(text: str) -> bytes:
    """By which the token is stored. 256 random bits need no slow hash, and no salt.

    Of a token that acts for somebody else the prefix is hashed twice: a process of the former release, which would take
    it for a token of its own with a role everywhere, does not find it.
    """
    own = next((prefix for prefix in TokenPrefix if text.startswith(prefix)), "")
    return sha256((own + text).encode()).digest()


def _checksum(digits: str) -> str:
    return _base62(zlib.crc32(digits.encode()), _CHECK_DIGITS)


def _base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits.rjust(width, _DIGITS[0])
