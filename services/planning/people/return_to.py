r"""The page to return to after a sign-in: a path of this console, never another origin.

Browsers take `//host` and `/\host` for another host, and drop tabs and line breaks before they look
(https://url.spec.whatwg.org/#url-parsing; Harbor's src/core/controllers/oidc.go has the same rule).
"""

START = "/"
_LONGEST = 2000


def safe_return(path: str | None) -> str:
    """The path, or the start page in place of what could lead elsewhere, or back to the sign-in page."""
    if path is None or not path.startswith("/") or len(path) > _LONGEST:
        return START
    if path[1:2] in {"/", "\\"} or not path.isascii() or any(ord(each) <= 0x20 or each == "\x7f" for each in path):
        return START
    if "\\" in path or path.split("?")[0].split("#")[0].rstrip("/") == "/sign-in" or path.startswith("/api/"):
        return START
    return path
