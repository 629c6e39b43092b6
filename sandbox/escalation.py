"""Prevents privilege escalation: a user can grant, by a role or binding, only rights that it has.

Except with the verbs `escalate` or `bind` on the role; a user with all rights is not checked.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from sandbox.access import Access, Action, User
from sandbox.errors import StatusError
from sandbox.kinds.roles import GROUP
from sandbox.resources import Resource
from sandbox.store import Key, Object, Store

Rule = Mapping[str, Any]
Guard = Callable[[Object, Object | None], None]
"""Called with the object to be stored and the one before it; raises `StatusError` to refuse."""


def guard(access: Access, store: Store, user: User, resource: Resource) -> Guard | None:
    """What has to agree to a user's writes of a resource; None if nothing has to."""
    if user.is_master or resource.group != GROUP:
        return None

    def check(new: Object, old: Object | None) -> None:
        metadata = new["metadata"]
        namespace = metadata.get("namespace", "")
        if resource.plural.endswith("bindings"):
            same = old is not None and old.get("subjects") == new.get("subjects")
            role = new["roleRef"]
            kind = "clusterroles" if role.get("kind") == "ClusterRole" else "roles"
            verb, name, rules = "bind", role.get("name", ""), _rules_of(store, kind, role.get("name", ""), namespace)
        else:
            same = old is not None and old.get("rules") == new.get("rules")
            kind, verb, name, rules = resource.plural, "escalate", metadata.get("name", ""), new.get("rules") or ()
        authority = Action(verb=verb, group=GROUP, resource=kind, namespace=namespace, name=name)
        if same or access.allows(user, authority):
            return
        held = [*access.rules_for(user, ""), *(access.rules_for(user, namespace) if namespace else ())]
        lacking = [rule for rule in rules if not _is_held(rule, held)]
        if lacking:
            raise _refusal(user, resource, metadata.get("name", ""), lacking)

    return check


def _rules_of(store: Store, kind: str, name: str, namespace: str) -> Iterable[Rule]:
    entry = store.get(Key(GROUP, kind, namespace if kind == "roles" else "", name))
    return (entry.object.get("rules") or ()) if entry else ()


def _is_held(rule: Rule, held: list[Rule]) -> bool:
    """Whether each single thing that a rule allows is allowed by one of the rules held."""
    paths = rule.get("nonResourceURLs") or ()
    for verb, path in product(rule.get("verbs") or (), paths):
        if not any(_has(h, "verbs", verb) and _has(h, "nonResourceURLs", path) for h in held):
            return False
    names = rule.get("resourceNames") or (None,)
    parts = (rule.get("verbs") or (), rule.get("apiGroups") or (), rule.get("resources") or (), names)
    for verb, group, resource, name in product(*parts):
        if not any(
            _has(h, "verbs", verb)
            and _has(h, "apiGroups", group)
            and _has(h, "resources", resource)
            and (not h.get("resourceNames") or name in h["resourceNames"])
            for h in held
        ):
            return False
    return True


def _has(rule: Rule, part: str, value: str) -> bool:
    values = rule.get(part) or ()
    return value in values or "*" in values


def _refusal(user: User, resource: Resource, name: str, lacking: list[Rule]) -> StatusError:
    groups = " ".join(f'"{group}"' for group in user.groups)
    rules = "\n".join(
        "{" + ", ".join(f"{key[0].upper()}{key[1:]}:{rule[key]}" for key in sorted(rule) if rule[key]) + "}"
        for rule in lacking
    )
    return StatusError(
        403,
        "Forbidden",
        f'{resource.group_resource} "{name}" is forbidden: user "{user.name}" (groups=[{groups}]) is attempting to '
        f"grant RBAC permissions not currently held:\n{rules}",
        name=name,
        group=resource.group,
        kind=resource.plural,
    )
