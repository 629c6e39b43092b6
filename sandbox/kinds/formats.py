"""Names, labels, quantities and other text with a form (apimachinery `util/validation`).

A check returns what is wrong, or "" where the text is valid.
"""

import ipaddress
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = _LABEL + r"(\." + _LABEL + ")*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_PORT_NAME = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"

_RE_LABEL = re.compile(_LABEL)
_RE_SUBDOMAIN = re.compile(_SUBDOMAIN)
_RE_1035 = re.compile(_LABEL_1035)
_RE_QUALIFIED = re.compile(_QUALIFIED)
_RE_LABEL_VALUE = re.compile("(" + _QUALIFIED + ")?")
_RE_CONFIG_KEY = re.compile(_CONFIG_KEY)
_RE_ENV_NAME = re.compile(r"[ -<>-~]+")
_RE_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)")
_RE_UUID = re.compile("[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_RE_QUANTITY = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?")

_SUFFIX: dict[str, Fraction] = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
} | {
    suffix: Fraction(base**power)
    for base, suffixes in ((1000, ("k", "M", "G", "T", "P", "E")), (1024, ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")))
    for power, suffix in enumerate(suffixes, start=1)
}


def label(name: str) -> str:
    """A DNS label, as of a Namespace or a container."""
    if len(name) > 63:
        return "must be no more than 63 bytes"
    if _RE_LABEL.fullmatch(name):
        return ""
    return (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
    )


def subdomain(name: str) -> str:
    """A DNS subdomain: the name of most objects."""
    if len(name) > 253:
        return "must be no more than 253 bytes"
    if _RE_SUBDOMAIN.fullmatch(name):
        return ""
    return (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        f"'{_SUBDOMAIN}')"
    )


def label_1035(name: str) -> str:
    """A DNS label that starts with a letter: the name of a Service."""
    if len(name) > 63:
        return "must be no more than 63 bytes"
    if _RE_1035.fullmatch(name):
        return ""
    return (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "
        f"is '{_LABEL_1035}')"
    )


def path_segment(name: str) -> str:
    """The name of a role or binding: anything that fits into a URL's path."""
    if name in {".", ".."}:
        return f"may not be '{name}'"
    return next((f"may not contain '{c}'" for c in ("/", "%") if c in name), "")


def qualified_name(name: str) -> str:
    """The key of a label, an annotation, a finalizer: `name` or `prefix/name`."""
    prefix, slash, rest = name.rpartition("/")
    if "/" in prefix:
        return (
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
            "an alphanumeric character with an optional DNS subdomain prefix and '/'"
        )
    if slash and not prefix:
        return "prefix part must be non-empty"
    if prefix and (problem := subdomain(prefix)):
        return "prefix part " + problem
    if not rest:
        return "name part must be non-empty"
    if len(rest) > 63:
        return "name part must be no more than 63 bytes"
    if _RE_QUALIFIED.fullmatch(rest):
        return ""
    return (
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        f"'{_QUALIFIED}')"
    )


def label_value(value: str) -> str:
    if len(value) > 63:
        return "must be no more than 63 bytes"
    if _RE_LABEL_VALUE.fullmatch(value):
        return ""
    return (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        f"validation is '({_QUALIFIED})?')"
    )


def config_key(key: str) -> str:
    """A key of a ConfigMap or Secret."""
    if len(key) > 253:
        return "must be no more than 253 bytes"
    if key in {".", ".."} or key.startswith(".."):
        return f"must not be '{key}'" if key in {".", ".."} else "must not start with '..'"
    if _RE_CONFIG_KEY.fullmatch(key):
        return ""
    return (
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
        f"'KEY_NAME',  or 'key-name', regex used for validation is '{_CONFIG_KEY}')"
    )


def env_name(name: str) -> str:
    """The name of an environment variable."""
    if _RE_ENV_NAME.fullmatch(name):
        return ""
    return "a valid environment variable name must consist only of printable ASCII characters other than '='"


def port_name(name: str) -> str:
    """The name of a container's port."""
    if len(name) > 15:
        return "must be no more than 15 characters"
    if not re.fullmatch(r"[-a-z0-9]+", name):
        return f"must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-): '{_PORT_NAME}'"
    if not re.search(r"[a-z]", name):
        return "must contain at least one letter (a-z)"
    if "--" in name:
        return "must not contain consecutive hyphens"
    return "must not begin or end with a hyphen" if name.startswith("-") or name.endswith("-") else ""


def port(number: object) -> str:
    ok = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 65535
    return "" if ok else "must be between 1 and 65535, inclusive"


def quantity(text: str) -> Fraction:
    """The number behind a quantity such as `250m` or `1Gi`. Raises `ValueError`."""
    match = _RE_QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(text)
    sign, digits, suffix = match[1], match[2], match[3] or ""
    number = Fraction(Decimal(digits))
    number *= Fraction(Decimal("1" + suffix)) if suffix[:1] in {"e", "E"} and suffix[1:] else _SUFFIX[suffix]
    return -number if sign == "-" else number


def wildcard_subdomain(host: str) -> str:
    """A host with a leading `*.`."""
    return subdomain(host.removeprefix("*."))


def address(text: str) -> str:
    """An IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    return ""


def special_address(text: str) -> str:
    """Addresses that lead nowhere from outside."""
    address = ipaddress.ip_address(text)
    if address.is_unspecified:
        return f"may not be unspecified ({address})"
    if address.is_loopback:
        return "may not be in the loopback range (127.0.0.0/8, ::1/128)"
    if address.is_link_local:
        return "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
    multicast = address in ipaddress.ip_network("224.0.0.0/24") or address in ipaddress.ip_network("ff02::/16")
    return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)" if multicast else ""


def network(text: str) -> str:
    """A range of IP addresses."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
    return "" if "/" in text else "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def strict_network(text: str) -> str:
    """A range of IP addresses in one of the older fields, as 1.36 takes it in a new object (util/validation/ip.go)."""
    sloppy = re.sub(r"(?<![0-9a-fA-F:])0+(?=[0-9])", "", text)
    if problem := network(sloppy):
        return problem
    if sloppy != text:
        return "must not have leading 0s in IP or prefix length"
    interface = ipaddress.ip_interface(text)
    if isinstance(interface, ipaddress.IPv6Interface) and interface.ip.ipv4_mapped:
        return "must not have an IPv4-mapped IPv6 address"
    return "must not have bits set beyond the prefix length" if interface.ip != interface.network[0] else ""


def strict_address(text: str) -> str:
    """An IP address in one of the older fields, as 1.36 takes it in a new object (util/validation/ip.go)."""
    sloppy = re.sub(r"(?<![0-9a-fA-F:])0+(?=[0-9])", "", text)
    if problem := address(sloppy):
        return problem
    if sloppy != text:
        return "must not have leading 0s"
    mapped = getattr(ipaddress.ip_address(text), "ipv4_mapped", None)
    return "must not be an IPv4-mapped IPv6 address" if mapped else ""


def date_time(text: str) -> str:
    """A moment as RFC 3339 writes it."""
    if not _RE_DATE_TIME.fullmatch(text):
        return "must be a date and time"
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return "must be a date and time"
    return ""


def date(text: str) -> str:
    """A day of the calendar."""
    try:
        datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return "must be a date"
    return ""


def uuid(text: str) -> str:
    return "" if _RE_UUID.fullmatch(text) else "must be a UUID"
