"""The cluster that an application of Argo CD delivers to, and the names by which Argo CD knows a cluster. Pure.

An application names it by the address of its API server (`destination.server`) or by a name (`destination.name`); both
are in the Secret by which Argo CD knows the cluster (argoproj/argo-cd util/db/cluster.go, `SecretToCluster`). The one
that Argo CD runs in has an address and a name of its own.
"""

import base64
import binascii
from collections.abc import Iterable
from urllib.parse import urlsplit

from domain.resources import Kind, Manifest

OWN_CLUSTER = frozenset({"https://kubernetes.default.svc", "in-cluster"})
CLUSTER_SECRETS = "argocd.argoproj.io/secret-type=cluster"
SECRET = Kind(group="", version="v1", name="Secret")
_USUAL_PORTS = {"https": 443, "http": 80}


def destination_of(application: Manifest) -> str:
    """The address or the name in it; empty where there is neither."""
    destination = application.spec.get("destination")
    destination = destination if isinstance(destination, dict) else {}
    return str(destination.get("server") or destination.get("name") or "")


def is_named(destination: str, names: Iterable[str]) -> bool:
    return folded(destination) in set(map(folded, names))


def names_in(secrets: Iterable[Manifest], known: Iterable[str]) -> frozenset[str]:
    """The names and addresses in those cluster Secrets that have one of the `known` ones."""
    pairs = [{value for key in ("name", "server") if (value := _text(each, key))} for each in secrets]
    wanted = set(map(folded, known))
    return frozenset().union(*(pair for pair in pairs if wanted & set(map(folded, pair))))


def folded(name: str) -> str:
    """An address as it compares: hosts have no case, and the usual port and a slash at the end say nothing."""
    if "://" not in name:
        return name
    try:
        parts = urlsplit(name)
        port = parts.port
    except ValueError:
        return name
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    where = host if port in {None, _USUAL_PORTS.get(parts.scheme)} else f"{host}:{port}"
    return f"{parts.scheme}://{where}{parts.path.rstrip('/')}"


def _text(secret: Manifest, key: str) -> str:
    try:
        return base64.b64decode(str((secret.body.get("data") or {}).get(key, "")), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
