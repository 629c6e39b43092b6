"""Authenticates by tokens, and authorizes by roles and bindings (RBAC).

Roles and bindings are read from the cluster's own objects, so that a test can grant and revoke rights over the API. A
cluster's administrator belongs to the group `system:masters`, which has all rights.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import StatusError
from sandbox.kinds.roles import GROUP
from sandbox.store import Change, Store

MASTERS = "system:masters"
ADMINISTRATOR = "admin"
VIEWER = "viewer"
LIMITED = "limited"


@dataclass(frozen=True, kw_only=True)
class User:
    """A name and the groups it belongs to."""

    name: str
    groups: tuple[str, ...] = ("system:authenticated",)

    @property
    def is_master(self) -> bool:
        return MASTERS in self.groups


ANONYMOUS = User(name="system:anonymous", groups=("system:unauthenticated",))


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a request does: a verb on a resource, or on a non-resource path."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    def refusal(self, user: User) -> StatusError:
        """403 in a real server's words."""
        if self.path:
            return StatusError(403, "Forbidden", f'forbidden: User "{user.name}" cannot {self.verb} path "{self.path}"')
        qualified = f"{self.resource}.{self.group}" if self.group else self.resource
        subject = f'{qualified} "{self.name}"' if self.name else qualified
        what = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        return StatusError(
            403,
            "Forbidden",
            f'{subject} is forbidden: User "{user.name}" cannot {self.verb} resource "{what}" '
            f'in API group "{self.group}" {where}',
            name=self.name,
            group=self.group,
            kind=self.resource,
        )


def unauthorized() -> StatusError:
    return StatusError(401, "Unauthorized", "Unauthorized")


class Access:
    """Users and rights of one cluster."""

    def __init__(self, store: Store, tokens: Mapping[str, str]) -> None:
        """`tokens` by user; the administrator, the viewer and the user of few rights always have one."""
        self._store = store
        self._tokens: dict[str, User] = {}
        self._of_user: dict[str, str] = {}
        for name in dict.fromkeys((ADMINISTRATOR, VIEWER, LIMITED, *tokens)):
            self.add_user(name, token=tokens.get(name))
        self._rules: dict[tuple[User, str], tuple[Mapping[str, Any], ...]] = {}
        store.subscribe(self._forget)

    def add_user(self, name: str, *, token: str | None = None, groups: Iterable[str] = ()) -> str:
        """Add a user; returns its token."""
        token = token or secrets.token_urlsafe(24)
        masters = (MASTERS,) if name == ADMINISTRATOR else ()
        self._tokens[token] = User(name=name, groups=("system:authenticated", *masters, *groups))
        self._of_user[name] = token
        return token

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(self._of_user)

    def token(self, user: str) -> str:
        """Raises `KeyError` for a user that does not exist."""
        return self._of_user[user]

    def authenticate(self, header: str | None) -> User:
        """The user of a token; anonymous without one. Raises `StatusError` 401 for an unknown token."""
        if not header:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        user = self._tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise unauthorized()
        return user

    def impersonated(self, user: User, headers: Mapping[str, str]) -> User:
        """The user that a request impersonates, else the user itself. Raises `StatusError` 403 and 500."""
        name, groups = headers.get("Impersonate-User", ""), _all(headers, "Impersonate-Group")
        if not name:
            if groups:
                message = f"requested {list(groups)} without impersonating a user"
                raise StatusError(500, "InternalError", f"Internal error occurred: {message}")
            return user
        self.require(user, Action(verb="impersonate", resource="users", name=name))
        for group in groups:
            self.require(user, Action(verb="impersonate", resource="groups", name=group))
        return User(name=name, groups=(*groups, "system:authenticated"))

    def require(self, user: User, action: Action) -> None:
        """Raises `StatusError` 403."""
        if not self.allows(user, action):
            raise action.refusal(user)

    def allows(self, user: User, action: Action) -> bool:
        if user.is_master:
            return True
        rules = self.rules_for(user, "")
        if action.namespace:
            rules = (*rules, *self.rules_for(user, action.namespace))
        return any(_covers(rule, action) for rule in rules)

    def rules_for(self, user: User, namespace: str) -> tuple[Mapping[str, Any], ...]:
        """The rules that bindings of a namespace give a user; "" for those of the cluster."""
        found = self._rules.get((user, namespace))
        if found is None:
            found = self._rules[user, namespace] = tuple(self._bound_rules(user, namespace))
        return found

    def _bound_rules(self, user: User, namespace: str) -> Iterator[Mapping[str, Any]]:
        plural = "rolebindings" if namespace else "clusterrolebindings"
        for entry in self._store.select(GROUP, plural, namespace or None):
            binding = entry.object
            if not any(_is_subject(user, s) for s in binding.get("subjects") or ()):
                continue
            role = binding["roleRef"]
            plural_of_role = "roles" if role["kind"] == "Role" else "clusterroles"
            where = namespace if role["kind"] == "Role" else ""
            for found in self._store.select(GROUP, plural_of_role, where):
                if found.key.name == role["name"]:
                    yield from found.object.get("rules") or ()

    def _forget(self, change: Change) -> None:
        if change.key.group == GROUP:
            self._rules.clear()


def _all(headers: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A header that may come several times."""
    return tuple(value for key, value in headers.items() if key.lower() == name.lower())


def _is_subject(user: User, subject: Mapping[str, Any]) -> bool:
    match subject.get("kind"):
        case "User":
            return bool(subject.get("name") == user.name)
        case "Group":
            return subject.get("name") in user.groups
        case _:
            return user.name == f"system:serviceaccount:{subject.get('namespace')}:{subject.get('name')}"


def _covers(rule: Mapping[str, Any], action: Action) -> bool:
    verbs = rule.get("verbs") or ()
    if "*" not in verbs and action.verb not in verbs:
        return False
    if action.path:
        return any(_path_matches(p, action.path) for p in rule.get("nonResourceURLs") or ())
    groups = rule.get("apiGroups") or ()
    if "*" not in groups and action.group not in groups:
        return False
    what = f"{action.resource}/{action.subresource}" if action.subresource else action.resource
    resources = rule.get("resources") or ()
    if "*" not in resources and what not in resources and f"*/{action.subresource}" not in resources:
        return False
    names = rule.get("resourceNames") or ()
    return not names or action.name in names


def _path_matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
