"""The credentials in pull secrets, and which of them a kubelet shows to a registry. Pure.

Matches as the credential provider of kubelet does
(https://kubernetes.io/docs/concepts/containers/images/#config-json): globs in the host, component by component, and the
beginning of the path.
"""

import base64
import binascii
import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.resources import Manifest
from services.planning.objects.workloads import pod_spec

_CONFIG_JSON = ".dockerconfigjson"
_CONFIG = ".dockercfg"
_DEFAULT_ACCOUNT = "default"
_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


@dataclass(frozen=True, kw_only=True)
class PullCredential:
    """A user name and a password for what `pattern` covers; `username` is None where it is of another kind."""

    pattern: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def covers(self, registry: str, repository: str) -> bool:
        """Whether a kubelet shows it for this repository (folded names)."""
        host, _, path = _without_scheme(self.pattern).partition("/")
        if host in _DOCKER_HUB and registry in _DOCKER_HUB:
            return True  # `https://index.docker.io/v1/`: the path is that of an API, not of a repository
        return _host_matches(host.lower(), registry) and repository.startswith(_prefix(path))


def pull_secret_names(workload: Manifest, account: Manifest | None) -> tuple[str, ...]:
    """The names of a workload's pull secrets: its pods' own, or else those of their service account.

    The admission plugin adds those of the account only to pods that name none
    (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller).
    """
    own = _names((pod_spec(workload) or {}).get("imagePullSecrets"))
    return own or (_names(account.body.get("imagePullSecrets")) if account is not None else ())


def account_name(workload: Manifest) -> str:
    """The service account of a workload's pods."""
    spec = pod_spec(workload) or {}
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or _DEFAULT_ACCOUNT)


def credentials_in(secrets: Iterable[Manifest]) -> tuple[PullCredential, ...]:
    """The credentials in pull secrets; what cannot be read holds none."""
    return tuple(credential for secret in secrets for credential in _credentials(secret))


def _credentials(secret: Manifest) -> Iterator[PullCredential]:
    data = secret.body.get("data") or {}
    auths = _decoded(data[_CONFIG_JSON]).get("auths") if _CONFIG_JSON in data else _decoded(data.get(_CONFIG))
    for pattern, entry in auths.items() if isinstance(auths, Mapping) else ():
        if isinstance(entry, Mapping):
            username, password = _login(entry)
            yield PullCredential(pattern=str(pattern), username=username, password=password)


def _login(entry: Mapping[str, Any]) -> tuple[str | None, str | None]:
    username, password = entry.get("username"), entry.get("password")
    if isinstance(username, str) and isinstance(password, str) and username:
        return username, password
    joined = _text(entry.get("auth"))
    name, colon, secret = joined.partition(":")
    return (name, secret) if colon and name and secret else (None, None)


def _decoded(text: object) -> Mapping[str, Any]:
    try:
        found = json.loads(_text(text) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _text(encoded: object) -> str:
    try:
        return base64.b64decode(encoded if isinstance(encoded, str) else "", validate=False).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _names(references: object) -> tuple[str, ...]:
    listed = references if isinstance(references, list) else ()
    return tuple(str(each["name"]) for each in listed if isinstance(each, Mapping) and each.get("name"))


def _without_scheme(pattern: str) -> str:
    return pattern.removeprefix("https://").removeprefix("http://")


def _host_matches(pattern: str, host: str) -> bool:
    wanted, has = pattern.split("."), host.lower().split(".")
    return len(wanted) == len(has) and all(
        fnmatch.fnmatchcase(part, each) for part, each in zip(has, wanted, strict=True)
    )


def _prefix(path: str) -> str:
    """The beginning of the path, by characters and not by components, as kubelet has it; none of an API's path."""
    kept = path.strip("/")
    return "" if kept in {"v1", "v2"} else kept
