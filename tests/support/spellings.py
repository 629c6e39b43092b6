"""How a secret value could stand somewhere without being seen at first sight."""

import base64
import hashlib
import json


def spellings(value: str, *, hashed: bool = True) -> set[str]:
    """As it is, inside of something encoded too, and (`hashed`) the hashes that a guess would prove."""
    found = {value, json.dumps(value)[1:-1], value.encode().hex(), value[::-1]}
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(value.encode())
        for offset in range(3):  # where in a group of three bytes it begins decides how it looks
            inner = encode(b"\x00" * offset + value.encode())[4 if offset else 0 : -4]
            found.add(inner.decode())
        found.add(encode(whole).rstrip(b"=")[:-2].decode())
    if hashed:
        for text in (value.encode(), base64.standard_b64encode(value.encode())):
            found |= {hashlib.new(name, text).hexdigest() for name in ("sha256", "sha1", "md5")}
    return found
