"""Parses paths of the Kubernetes API into what they address."""

from dataclasses import dataclass

from sandbox.access import Action

_SUBRESOURCES_OF_NAMESPACES = frozenset({"status", "finalize"})
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A resource, or one object of it, or a part of that; without `plural`: a path that is none of these."""

    path: str
    group: str = ""
    version: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def verb(self, method: str, *, watch: bool) -> str:
        """The verb that rights are given for."""
        if method in {"GET", "HEAD"}:
            return ("watch" if watch else "get" if self.name else "list") if self.plural else "get"
        verb = _VERBS.get(method, method.lower())
        return "deletecollection" if verb == "delete" and self.plural and not self.name else verb

    def action(self, verb: str) -> Action:
        """What has to be allowed. A namespace is in itself, as far as rights go."""
        if not self.plural:
            return Action(verb=verb, path=self.path)
        own = self.name if not self.group and self.plural == "namespaces" else ""
        return Action(
            verb=verb,
            group=self.group,
            resource=self.plural,
            subresource=self.subresource,
            namespace=self.namespace or own,
            name=self.name,
        )


def parse(path: str) -> Target:
    """Never fails: what fits no pattern is a path that is no resource."""
    parts = [p for p in path.split("/") if p]
    match parts:
        case ["api", version, *rest] if rest:
            group = ""
        case ["apis", group, version, *rest] if rest:
            pass
        case _:
            return Target(path=path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and not (len(rest) == 3 and rest[2] in _SUBRESOURCES_OF_NAMESPACES):
        namespace, rest = rest[1], rest[2:]
    if len(rest) > 3:
        return Target(path=path)
    plural, name, subresource = (*rest, "", "")[:3]
    return Target(
        path=path,
        group=group,
        version=version,
        plural=plural,
        namespace=namespace,
        name=name,
        subresource=subresource,
    )
