"""The Secrets that a ServiceAccount lists: logins that people put there stay, what controllers generated goes. Pure.

Tekton, OpenShift builds and kpack read logins from the list `secrets`
(https://tekton.dev/docs/pipelines/auth/). Into the same list the token controller of Kubernetes before 1.24 and
OpenShift write the tokens and registry logins that they generate, under `<account>-token-<5>` and
`<account>-dockercfg-<5>` (https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from domain.resources import Manifest

SERVICE_ACCOUNT = ("", "ServiceAccount")
_TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - a type, no token
_LOGINS = frozenset({"kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"})
_LISTS = ("secrets", "imagePullSecrets")
_MOST_BEFORE_SUFFIX = 58  # names.SimpleNameGenerator cuts the base so that five characters fit into 63


def named_secrets(manifests: Iterable[Manifest]) -> frozenset[str]:
    """The names of the Secrets that ServiceAccounts among these objects list."""
    return frozenset(
        str(each["name"])
        for manifest in manifests
        if manifest.id.group_kind == SERVICE_ACCOUNT
        for field in _LISTS
        for each in manifest.body.get(field) or ()
        if isinstance(each, dict) and each.get("name")
    )


def without_generated(body: dict[str, Any], secret_types: Mapping[str, str]) -> list[str]:
    """Take generated Secrets out of the account's lists, in place; the lists from which something was taken.

    `secret_types` are the types of Secrets of the source by name. Where a Secret was not read, its name decides.
    """
    account = str((body.get("metadata") or {}).get("name", ""))
    changed = []
    for field in _LISTS:
        listed = body.get(field)
        if not isinstance(listed, list):
            continue
        kept = [each for each in listed if not _is_generated(account, _name(each), secret_types)]
        if len(kept) == len(listed):
            continue
        changed.append(field)
        if kept:
            body[field] = kept
        else:
            del body[field]
    return changed


def with_generated_of(live: Manifest, desired: Manifest) -> Manifest:
    """`desired` with the pull logins that the target's platform generated for its account: they belong to the target.

    `imagePullSecrets` is applied as a whole (listType=atomic in core/v1 types.go), so leaving them out would remove
    them; entries of `secrets` are applied one by one, so those stay by themselves.
    """
    listed = desired.body.get("imagePullSecrets")
    if not isinstance(listed, list):
        return desired
    names = {_name(each) for each in listed}
    present = live.body.get("imagePullSecrets") or []
    generated = [e for e in present if _name(e) not in names and _is_generated(live.name, _name(e), {})]
    if not generated:
        return desired
    ours = [each for each in listed if each not in present]
    ordered = [each for each in present if each in generated or each in listed]
    body = desired.edited()
    body["imagePullSecrets"] = [*ordered, *ours]
    return Manifest(body)


def _name(entry: Any) -> str:
    return str(entry.get("name", "")) if isinstance(entry, dict) else ""


def _is_generated(account: str, name: str, secret_types: Mapping[str, str]) -> bool:
    if name in secret_types:
        is_token = secret_types[name] == _TOKEN_TYPE
        return is_token or (secret_types[name] in _LOGINS and _has_generated_name(account, name))
    return _has_generated_name(account, name)


def is_generated_login(name: str) -> bool:
    """Whether OpenShift called the login so. It shortens long account names, so the base may be any."""
    return re.search(r"-dockercfg-[a-z0-9]{5}$", name) is not None


def _has_generated_name(account: str, name: str) -> bool:
    if is_generated_login(name):
        return True
    base = f"{account}-token-"[:_MOST_BEFORE_SUFFIX]
    return re.fullmatch(re.escape(base) + r"[a-z0-9]{5}", name) is not None
