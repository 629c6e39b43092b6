"""Whether a text names a namespace: as part of a DNS name, as a value of its own, or in the name of an object. Pure.

Nobody but the application knows what its texts mean, so a copy leaves them as they are, and only says where they stand.
The forms are those of the cluster's DNS (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/), of
service accounts (`system:serviceaccount:<namespace>:<name>`), of SPIFFE identities, of the API's paths, of options and
settings called `namespace`, and of references written `<namespace>/<name>` or, by Traefik, `<namespace>-<name>@…`.
"""

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

# A single label before the namespace is ambiguous: `cart.shop` may be a file, a property or a public domain. It counts
# where a member or scheme says that a host is meant.
_NAMES_A_HOST = re.compile(
    r"host|addr|url|uri|server|upstream|endpoint|proxy|dsn|broker|peer|origin|backend|target|service|connection|domain"
    r"|replica|seed|bootstrap|cluster|node|from|to$|externalname|searches|data\s?source",
    re.IGNORECASE,
)
# `server: cart.shop`, `Data Source=tcp:sql.shop,1433`, and nginx's `server cart.shop;`.
_SETTING = re.compile(
    r"(?P<name>(?:[Dd]ata )?[A-Za-z0-9_.-]{1,60})[\"']?\s{0,4}[:=]\s{0,4}[\"'\[]{0,2}(?:tcp:)?$"
    r"|(?:^|[\s{;])(?P<directive>server|proxy_pass|upstream|resolver|address|endpoint)\s{1,8}$"
)
_NAMES_A_NAMESPACE = re.compile(
    r"namespaces?$|(^|[-_.])ns$|^watch[-_.]?namespaces?|matchnames$|^exportto$", re.IGNORECASE
)
# Public domains end like namespaces that people choose: `https://example.dev` is no Service of namespace dev.
_PUBLIC_ENDINGS = frozenset({"dev", "app", "io", "com", "org", "net", "cloud", "ai", "co", "me", "info", "biz"})


# What a form needs around the namespace; a text is searched around each place where the name stands, so that a long
# one costs no more than its length.
_BEFORE, _AFTER, _MOST_PLACES = 160, 80, 2000


# Every cluster's API server is `kubernetes.default`: this names no place of the source.
_API_SERVER = re.compile(r"(?<![A-Za-z0-9_.-])kubernetes\.default(?::[0-9]+)?$")
_LISTED = r"[\"'\[]{0,2}(?:[A-Za-z0-9-]+[\"']?\s?,\s?[\"']?){0,9}"
_BUT_THE_API = r"(?<!(?<![A-Za-z0-9_.-])kubernetes\.(?=default))"


@dataclass(frozen=True, kw_only=True)
class _Forms:
    word: re.Pattern[str]
    anywhere: re.Pattern[str]
    address: re.Pattern[str]
    reference: re.Pattern[str]


@lru_cache(maxsize=64)
def _forms_of(namespace: str) -> _Forms:
    name = re.escape(namespace)
    begin, stop = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_-])"
    end = stop + r"(?!\.[A-Za-z0-9])"
    between = r"\s{0,4}(?:=~|==|[:=]|\s)\s{0,4}"
    anywhere = (
        rf"{begin}{_BUT_THE_API}{name}\.(?:svc|pod){stop}",  # cart.shop.svc, shop.svc.cluster.local
        rf"system:serviceaccounts?:{name}{stop}",
        rf"/ns/{name}/sa/",
        rf"/namespaces/{name}{stop}",
        # namespace=shop, --watch-namespaces a,shop, "namespace": "shop", namespace=~"shop"
        # namespaces[0]=shop, ["a", "shop"], <namespace>shop</namespace>
        rf"(?i:namespaces?|\bns)(?:\[[0-9]{{1,3}}\])?[\"']?{between}{_LISTED}{name}{end}",
        rf"(?i:namespaces?)>\s{{0,20}}{name}\s{{0,20}}<",
        rf"(?i:namespaces?):\s{{0,40}}(?:names:\s{{0,40}})?(?:-\s[\"']?[A-Za-z0-9-]+[\"']?\s{{1,40}}){{0,9}}-\s[\"']?{name}{end}",
        rf"(?:^|\s)-n[= ]?{name}{end}",
        rf"{begin}{name}\.serviceaccount\.identity\.",
        rf"{begin}{name}-[a-z0-9-]+@kubernetes(?:crd|ingress|gateway)\b",
    )
    # With a scheme or port a single label before the namespace is a host; a stateful pod has its Service in between.
    address = (
        r"(?:(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]{0,20}):///?(?:[^\s/@]{0,99}@)?|(?<![A-Za-z0-9_.@/-]))"
        rf"(?:[a-z0-9-]+-[0-9]+\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.{name}(?P<port>:[0-9]+)?{end}(?!\s?[=(]|:\s)"
    )
    # Istio writes `shop/*` for all hosts of a namespace.
    reference = rf"(?:^|[\s,\"'=;\[]){name}/\*|"
    reference += rf"(?:^|[\s,\"'=;\[]){name}/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?=$|[\s,\"';\]])"
    return _Forms(
        word=re.compile(rf"{begin}{name}(?![A-Za-z0-9_])"),
        anywhere=re.compile("|".join(anywhere)),
        address=re.compile(address),
        reference=re.compile(reference),
    )


def names_namespace(text: str, namespace: str, *, member: str, refers: bool = False) -> bool:
    """Whether `text`, the value of `member`, names the namespace; `refers` where texts may name objects of clusters."""
    if namespace not in text:
        return False
    if _NAMES_A_NAMESPACE.search(member) and namespace in re.split(r"[,;\s]+", text.strip()):
        return True
    forms = _forms_of(namespace)
    for place in itertools.islice(forms.word.finditer(text), _MOST_PLACES):
        around = text[max(0, place.start() - _BEFORE) : place.end() + _AFTER]
        if forms.anywhere.search(around) or (refers and forms.reference.search(around)):
            return True
        if any(_is_address(found, around, namespace, member) for found in forms.address.finditer(around)):
            return True
    return False


def _is_address(found: re.Match[str], text: str, namespace: str, member: str) -> bool:
    if _API_SERVER.search(found.group()):
        return False
    public = namespace in _PUBLIC_ENDINGS
    if found["port"]:
        return True
    if found["scheme"]:
        return not (public and found["scheme"] == "https")
    if found.group() == text and "-" in namespace:
        return True  # the whole value: no file, property or public domain ends like that
    before = text[: found.start()]
    setting = _SETTING.search(before)  # in a file, the name of the setting says what its value means
    alone = not before or before[-1] in ",; =\n\"'`([" or setting is not None
    named = (setting["name"] or setting["directive"]) if setting else member
    return alone and not public and _NAMES_A_HOST.search(named) is not None
