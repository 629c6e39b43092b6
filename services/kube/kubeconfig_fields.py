"""The fields of a kubeconfig that may be submitted, and a collector of what is wrong with one.

An empty value is an absent value, as kubectl reads it: many tools write every field, empty or not. Reasons never quote
a value; each says what to give instead, or what to run.
"""

from services.kube.errors import KubeconfigProblem, KubeconfigRefusedError
from services.kube.yaml_tree import Mapping, Node, Scalar, Sequence

# It prints what the current context uses, the contents of files in place of their names, and secrets as they are.
EXPORT = "kubectl config view --raw --minify --flatten"

_COMMAND = (
    "would run a command on the server; give a user with 'token' or with 'client-certificate-data', "
    "for example the token of a ServiceAccount: kubectl create token"
)
_FILE = f"names a file of your machine; give what this prints, which has the content in it: {EXPORT}"
_BASIC = "is no longer supported by API servers (since 1.19); use a token or a client certificate"
_IMPERSONATION = "is impersonation, which is not supported; use a credential that has the rights itself"
_REFUSED = {
    "exec": _COMMAND,
    "auth-provider": _COMMAND,
    "tokenFile": "names a file of your machine; put the content into 'token'",
    "client-certificate": _FILE,
    "client-key": _FILE,
    "certificate-authority": _FILE,
    "proxy-url": "is not supported: Stagecoach connects to clusters directly, and needs an address that it reaches so",
    "insecure-skip-tls-verify": "is not allowed: the server must be verified; give 'certificate-authority-data'",
    "as": _IMPERSONATION,
    "as-uid": _IMPERSONATION,
    "as-groups": _IMPERSONATION,
    "as-user-extra": _IMPERSONATION,
    "username": _BASIC,
    "password": _BASIC,
}
# An empty plug-in is a plug-in without a command, which kubectl refuses; other empty collections mean nothing.
_NEVER_EMPTY = frozenset({"exec", "auth-provider"})
# As kubectl's parser reads a boolean (YAML 1.1, https://yaml.org/type/bool.html).
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_NOTES = frozenset({"extensions"})  # notes of tools, without effect on connections
CLUSTER_FIELDS = _NOTES | {"server", "certificate-authority-data", "tls-server-name", "disable-compression"}
USER_FIELDS = _NOTES | {"token", "client-certificate-data", "client-key-data"}
CONTEXT_FIELDS = _NOTES | {"cluster", "user", "namespace"}
TOP_FIELDS = _NOTES | {"apiVersion", "kind", "clusters", "users", "contexts", "current-context", "preferences"}

MAX_PATH = 200


class Vetting:
    """Collects all problems, so that a person need not submit once for each."""

    def __init__(self) -> None:
        self.problems: list[KubeconfigProblem] = []

    def refuse(self, path: str, line: int | None, reason: str) -> None:
        self.problems.append(KubeconfigProblem(field=path[:MAX_PATH], line=line, reason=reason))

    def finish(self) -> None:
        """Raises `KubeconfigRefusedError` if there is a problem."""
        if self.problems:
            raise KubeconfigRefusedError(tuple(self.problems))

    def mapping(self, node: Node | None, path: str) -> Mapping:
        """The mapping, an empty one for null; anything else is refused."""
        if isinstance(node, Mapping):
            return node
        if not (isinstance(node, Scalar) and node.empty):
            self.refuse(path, node.line if node else None, "must be a mapping" if node else "is missing")
        return Mapping(entries={}, lines={}, line=node.line if node else 1)

    def allowed(self, node: Mapping, fields: frozenset[str], path: str) -> None:
        """Refuses each field that is not one of `fields` and has a value."""
        for key, value in node.entries.items():
            if key in fields or (_empty(value) and not (key in _NEVER_EMPTY and isinstance(value, Mapping))):
                continue
            if (
                key == "insecure-skip-tls-verify"
                and isinstance(value, Scalar)
                and value.text in _FALSE
                and not value.quoted
            ):
                continue  # but not the string "false", which some readers take for true
            self.refuse(f"{path}.{key}", node.lines[key], _REFUSED.get(key, "is not a supported field; remove it"))

    def text(self, node: Mapping, key: str, path: str) -> str | None:
        """The text of a scalar; None for an absent or empty one, and for anything else, which is refused."""
        value = node.entries.get(key)
        if value is None or _empty(value):
            return None
        if isinstance(value, Scalar):
            return value.text
        self.refuse(f"{path}.{key}", node.lines[key], "must be a string")
        return None


def _empty(node: Node) -> bool:
    match node:
        case Scalar():
            return node.empty
        case Sequence():
            return not node.items
        case Mapping():
            return not node.entries
