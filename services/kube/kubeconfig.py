"""Vets submitted kubeconfigs: takes the current context, with allowed fields alone, and drops all other entries.

A kubeconfig can run commands, read files of the machine that loads it, send traffic through proxies and turn off
verification. On a server none of that is allowed, so kubernetes_asyncio's loader never reads one. The result is a
`ClusterTarget`, and `as_kubeconfig` writes that as the kubeconfig that is stored. As in kubectl (client-go
tools/clientcmd, ConfirmUsable), what the current context does not use does not count: it is neither vetted nor stored.

Connects to nothing. Reasons never quote a value other than the names of contexts.
"""

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import yaml

from services.kube.errors import KubeconfigProblem, KubeconfigRefusedError
from services.kube.kubeconfig_credentials import decode_base64, vet_authority, vet_user
from services.kube.kubeconfig_fields import (
    CLUSTER_FIELDS,
    CONTEXT_FIELDS,
    EXPORT,
    TOP_FIELDS,
    USER_FIELDS,
    Vetting,
)
from services.kube.yaml_tree import Mapping, Node, Scalar, Sequence, YamlRefusedError, read_yaml_tree
from services.net.addresses import UNUSUAL, AddressPolicy, is_disguised_address

MAX_KUBECONFIG_BYTES = 256 * 1024

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SHOWN_NAME = 100
_SHOWN_NAMES = 10
_SHOWABLE = re.compile(r"[\x21-\x7e]{1,100}")
_KUBECONFIG = re.compile(rb"current-context|clusters\W")
_ELSEWHERE = (
    "give an address at which it reaches the cluster, and 'tls-server-name' where the server's certificate has another "
    "name (kind: kind get kubeconfig --internal; k3s: the address of a server)"
)
_PATH = re.compile(r"(/[A-Za-z0-9._~:@!$&'()*+,;=-]+)*/?")


@dataclass(frozen=True, kw_only=True)
class KubeconfigRules:
    """Which addresses the settings allow, and whether they allow plain HTTP to this machine (development only)."""

    addresses: AddressPolicy
    allow_http_to_loopback: bool


@dataclass(frozen=True, kw_only=True)
class ClusterTarget:
    """An API server's address and the credential for it. PEM texts and the token are secret: they have no repr."""

    server: str  # https://host:port[/prefix], without a slash at the end
    authority: str | None = field(default=None, repr=False)  # PEM; None: the authorities of the system
    tls_server_name: str | None = None
    token: str | None = field(default=None, repr=False)
    client_certificate: str | None = field(default=None, repr=False)
    client_key: str | None = field(default=None, repr=False)
    namespace: str | None = None  # of the kubeconfig's context

    @property
    def host(self) -> str:
        return urlsplit(self.server).hostname or ""

    @property
    def plain_http(self) -> bool:
        return self.server.startswith("http:")


@dataclass(frozen=True, kw_only=True)
class VettedKubeconfig:
    """What a kubeconfig's current context names, and what else is in the file: such as `user "old"`, to be dropped."""

    target: ClusterTarget
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """An entry of `clusters`, `users` or `contexts`, as it is written."""

    node: Node | None
    path: str
    line: int

    def content(self, vetting: Vetting, fields: frozenset[str]) -> "_Content":
        """What the entry holds, which must be a mapping with no other fields than these."""
        node = vetting.mapping(self.node or Mapping(entries={}, lines={}, line=self.line), self.path)
        vetting.allowed(node, fields, self.path)
        return _Content(node=node, path=self.path)


@dataclass(frozen=True, kw_only=True)
class _Content:
    """The content of an entry that is used."""

    node: Mapping
    path: str


@dataclass(frozen=True, kw_only=True)
class _Entries:
    """`clusters`, `users` or `contexts`: the entries by name."""

    kind: str
    named: dict[str, _Entry]

    def left_out(self, used: str) -> tuple[str, ...]:
        return tuple(f'{self.kind} "{name[:_SHOWN_NAME]}"' for name in self.named if name != used)


def vet_kubeconfig(text: str, *, rules: KubeconfigRules) -> ClusterTarget:
    """The current context of a kubeconfig (YAML or JSON). Raises `KubeconfigRefusedError` with every problem."""
    return vet_submitted(text, rules=rules).target


def vet_submitted(text: str, *, rules: KubeconfigRules) -> VettedKubeconfig:
    """The same, with what is left out. Raises `KubeconfigRefusedError` with every problem."""
    vetting = Vetting()
    root = _root(text)
    vetting.allowed(root, TOP_FIELDS, "$")
    clusters = _entries(vetting, root, "cluster")
    users = _entries(vetting, root, "user")
    contexts = _entries(vetting, root, "context")
    vetting.finish()
    current = _current_context(vetting, root, contexts)
    context = contexts.named[current].content(vetting, CONTEXT_FIELDS)
    cluster_name = _referred(vetting, context, clusters)
    user_name = _referred(vetting, context, users)
    cluster = clusters.named[cluster_name].content(vetting, CLUSTER_FIELDS)
    user = users.named[user_name].content(vetting, USER_FIELDS)
    namespace = vetting.text(context.node, "namespace", context.path)
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        line = context.node.lines["namespace"]
        vetting.refuse(f"{context.path}.namespace", line, "is not a valid name of a namespace")
    server = _server(vetting, cluster, rules=rules)
    tls_server_name = vetting.text(cluster.node, "tls-server-name", cluster.path)
    if tls_server_name is not None and not _HOST_NAME.fullmatch(tls_server_name):
        line = cluster.node.lines["tls-server-name"]
        vetting.refuse(f"{cluster.path}.tls-server-name", line, "is not a valid host name")
    authority = vet_authority(vetting, cluster.node, cluster.path)
    credential = vet_user(vetting, user.node, user.path)
    vetting.finish()
    return VettedKubeconfig(
        target=ClusterTarget(
            server=server,
            authority=authority,
            tls_server_name=tls_server_name,
            token=credential.token,
            client_certificate=credential.certificate,
            client_key=credential.key,
            namespace=namespace,
        ),
        left_out=(*contexts.left_out(current), *clusters.left_out(cluster_name), *users.left_out(user_name)),
    )


def as_kubeconfig(target: ClusterTarget) -> str:
    """The kubeconfig (YAML) with the fields of `target` and no others: this is what is stored."""
    cluster = {"server": target.server}
    user: dict[str, str] = {}
    context = {"cluster": "cluster", "user": "user"}
    if target.authority:
        cluster["certificate-authority-data"] = base64.b64encode(target.authority.encode()).decode()
    if target.tls_server_name:
        cluster["tls-server-name"] = target.tls_server_name
    if target.token:
        user["token"] = target.token
    if target.client_certificate and target.client_key:
        user["client-certificate-data"] = base64.b64encode(target.client_certificate.encode()).decode()
        user["client-key-data"] = base64.b64encode(target.client_key.encode()).decode()
    if target.namespace:
        context["namespace"] = target.namespace
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "context",
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "user", "user": user}],
            "contexts": [{"name": "context", "context": context}],
        },
        sort_keys=False,
    )


def _root(text: str) -> Mapping:
    def refused(path: str, line: int | None, reason: str) -> KubeconfigRefusedError:
        return KubeconfigRefusedError((KubeconfigProblem(field=path, line=line, reason=reason),))

    if len(text.encode("utf-8", errors="replace")) > MAX_KUBECONFIG_BYTES:
        raise refused("$", None, f"is longer than {MAX_KUBECONFIG_BYTES // 1024} KiB; give what this prints: {EXPORT}")
    try:
        root = read_yaml_tree(text)
    except YamlRefusedError as error:
        raise refused(error.field, error.line, f"{error.reason}; or give what this prints: {EXPORT}") from None
    if isinstance(root, Scalar) and _KUBECONFIG.search(decode_base64(root.text) or b""):
        raise refused("$", root.line, "is a kubeconfig in base64; decode it (base64 -d) and give the text")
    if not isinstance(root, Mapping):
        raise refused("$", root.line, "must be a mapping")
    kind = root.entries.get("kind")
    if isinstance(kind, Scalar) and kind.text == "Secret":
        raise refused("$.kind", kind.line, "is a Secret: decode the kubeconfig in its data (base64 -d) and give that")
    if kind is not None and not (isinstance(kind, Scalar) and kind.text == "Config"):
        raise refused("$.kind", kind.line, "must be 'Config'")
    return root


def _entries(vetting: Vetting, root: Mapping, kind: str) -> _Entries:
    """Only the names are vetted: an entry that the current context does not use may hold anything."""
    named: dict[str, _Entry] = {}
    listed = root.entries.get(f"{kind}s")
    if isinstance(listed, Scalar) and listed.empty:
        return _Entries(kind=kind, named=named)  # kubectl writes null for an empty list
    if not isinstance(listed, Sequence):
        vetting.refuse(f"$.{kind}s", root.lines.get(f"{kind}s"), "must be a list")
        return _Entries(kind=kind, named=named)
    for index, node in enumerate(listed.items):
        path = f"$.{kind}s[{index}]"
        entry = vetting.mapping(node, path)
        name = vetting.text(entry, "name", path) or ""
        if name in named:
            vetting.refuse(f"{path}.name", entry.line, "is the name of an earlier entry too")
        named[name] = _Entry(node=entry.entries.get(kind), path=f"{path}.{kind}", line=entry.line)
    return _Entries(kind=kind, named=named)


def _current_context(vetting: Vetting, root: Mapping, contexts: _Entries) -> str:
    """The name in `current-context`; where that is absent and there is one context, the name of that one."""
    name = vetting.text(root, "current-context", "$")
    if name is None and len(contexts.named) == 1:
        return next(iter(contexts.named))
    line = root.lines.get("current-context")
    if name is None:
        vetting.refuse(
            "$.current-context", line, f"is missing, and there is not exactly one context{_choice(contexts)}"
        )
    elif name not in contexts.named:
        vetting.refuse("$.current-context", line, f"names a context that does not exist{_choice(contexts)}")
    vetting.finish()
    assert name is not None
    return name


def _choice(contexts: _Entries) -> str:
    names = [name for name in contexts.named if _SHOWABLE.fullmatch(name)]
    if not names:
        return ""
    more = f" and {len(contexts.named) - _SHOWN_NAMES} more" if len(contexts.named) > _SHOWN_NAMES else ""
    listed = ", ".join(names[:_SHOWN_NAMES])
    return f" (upper and lower case differ): the contexts are {listed}{more}; choose one: {EXPORT} --context NAME"


def _referred(vetting: Vetting, context: _Content, entries: _Entries) -> str:
    name = vetting.text(context.node, entries.kind, context.path)
    if name is None:
        vetting.refuse(f"{context.path}.{entries.kind}", context.node.line, "is missing")
    elif name not in entries.named:
        line = context.node.lines[entries.kind]
        vetting.refuse(
            f"{context.path}.{entries.kind}",
            line,
            f"names a {entries.kind} that does not exist; if another context is meant: {EXPORT} --context NAME",
        )
    vetting.finish()
    assert name is not None
    return name


def _server(vetting: Vetting, cluster: _Content, *, rules: KubeconfigRules) -> str:
    """The URL without a trailing slash; empty where it is refused."""
    given = vetting.text(cluster.node, "server", cluster.path)
    if given is None:
        vetting.refuse(f"{cluster.path}.server", cluster.node.line, "is missing")
        return ""
    scheme, colon, rest = given.strip().rstrip("/").partition(":")
    server = f"{scheme.lower()}{colon}{rest}"
    reason = _server_refusal(server, rules=rules)
    if reason is not None:
        vetting.refuse(f"{cluster.path}.server", cluster.node.lines["server"], reason)
        return ""
    return server


def _server_refusal(server: str, *, rules: KubeconfigRules) -> str | None:  # noqa: PLR0911  one guard after the other reads best
    try:
        url = urlsplit(server)
        port = url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in {"http", "https"} or not url.hostname or port == 0:
        return "must be a URL that begins with https:// and names a host"
    if url.username is not None or url.password is not None:
        return "has a user name or password; credentials belong under 'users'"
    if url.query or url.fragment or "?" in server or "#" in server:
        return "must not have a query or a fragment"
    if not _PATH.fullmatch(url.path) or ".." in url.path:
        return "has a path with characters that are not supported"
    address = _address(url.hostname)
    if is_disguised_address(url.hostname):
        return f"is an address that Stagecoach does not connect to: {UNUSUAL}"
    if address is None and not _HOST_NAME.fullmatch(url.hostname):
        return "has no valid host name"
    if url.scheme == "http":
        here = url.hostname == "localhost" or (address is not None and ipaddress.ip_address(address).is_loopback)
        if not (here and rules.allow_http_to_loopback):
            return "must begin with https://: plain HTTP would expose the credential to the network"
    return _address_refusal("127.0.0.1" if url.hostname == "localhost" else address, rules=rules)


def _address_refusal(address: str | None, *, rules: KubeconfigRules) -> str | None:
    """Of a name other than `localhost` nothing is known before it is resolved to connect to it."""
    refusal = rules.addresses.refusal(address) if address is not None else None
    if address is None or refusal is None:
        return None
    parsed = ipaddress.ip_address(address)
    remedy = f"; {_ELSEWHERE}" if parsed.is_loopback or parsed.is_unspecified else ""
    return f"is an address that Stagecoach does not connect to: {refusal}{remedy}"


def _address(host: str) -> str | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return host
