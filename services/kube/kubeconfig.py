"""Vets submitted kubeconfigs against a list of allowed fields; every other field is refused by name.

A kubeconfig can run commands, read files of the machine that loads it, send traffic through proxies and turn off
verification. On a server none of that is allowed, so kubernetes_asyncio's loader never reads one. The result is a
`ClusterTarget`, and `as_kubeconfig` writes that as the kubeconfig that is stored.

Connects to nothing. Reasons never quote a value.
"""

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import yaml
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from services.kube.errors import KubeconfigProblem, KubeconfigRefusedError
from services.kube.yaml_tree import Mapping, Node, Scalar, Sequence, YamlRefusedError, read_yaml_tree
from services.net.addresses import AddressPolicy

MAX_KUBECONFIG_BYTES = 256 * 1024

_COMMAND = "would run a command on the server; use a token or a client certificate"
_FILE = "names a file of your machine; put the content into "
_IMPERSONATION = "is impersonation, which is not supported; use a credential that has the rights itself"
_REFUSED = {
    "exec": _COMMAND,
    "auth-provider": _COMMAND,
    "tokenFile": f"{_FILE}'token'",
    "client-certificate": f"{_FILE}'client-certificate-data'",
    "client-key": f"{_FILE}'client-key-data'",
    "certificate-authority": f"{_FILE}'certificate-authority-data'",
    "proxy-url": "is not supported: Stagecoach connects to clusters directly",
    "insecure-skip-tls-verify": "is not allowed: the server must be verified; give 'certificate-authority-data'",
    "as": _IMPERSONATION,
    "as-uid": _IMPERSONATION,
    "as-groups": _IMPERSONATION,
    "as-user-extra": _IMPERSONATION,
    "username": "is no longer supported by API servers (since 1.19); use a token or a client certificate",
    "password": "is no longer supported by API servers (since 1.19); use a token or a client certificate",
}
_NOTES = frozenset({"extensions"})  # notes of tools, without effect on connections
_CLUSTER_FIELDS = _NOTES | {"server", "certificate-authority-data", "tls-server-name", "disable-compression"}
_USER_FIELDS = _NOTES | {"token", "client-certificate-data", "client-key-data"}
_CONTEXT_FIELDS = _NOTES | {"cluster", "user", "namespace"}
_TOP_FIELDS = _NOTES | {"apiVersion", "kind", "clusters", "users", "contexts", "current-context", "preferences"}

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
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


class _Vetting:
    """Collects all problems, so that a person need not submit once for each."""

    def __init__(self, rules: KubeconfigRules) -> None:
        self.rules = rules
        self.problems: list[KubeconfigProblem] = []

    def refuse(self, path: str, line: int | None, reason: str) -> None:
        self.problems.append(KubeconfigProblem(field=path, line=line, reason=reason))

    def finish(self) -> None:
        if self.problems:
            raise KubeconfigRefusedError(tuple(self.problems))

    def mapping(self, node: Node | None, path: str) -> Mapping:
        if isinstance(node, Mapping):
            return node
        self.refuse(path, node.line if node else None, "must be a mapping")
        return Mapping(entries={}, lines={}, line=node.line if node else 1)

    def allowed(self, node: Mapping, fields: frozenset[str], path: str) -> None:
        for key, value in node.entries.items():
            if key in fields:
                continue
            if key == "insecure-skip-tls-verify" and isinstance(value, Scalar) and value.is_word("false"):
                continue  # but not the string "false", which some readers take for true
            self.refuse(f"{path}.{key}"[:200], node.lines[key], _REFUSED.get(key, "is not a supported field"))

    def text(self, node: Mapping, key: str, path: str) -> str | None:
        value = node.entries.get(key)
        if value is None or (isinstance(value, Scalar) and value.empty):
            return None
        if isinstance(value, Scalar):
            return value.text
        self.refuse(f"{path}.{key}", node.lines[key], "must be a string")
        return None

    def named(
        self, root: Mapping, plural: str, singular: str, fields: frozenset[str]
    ) -> dict[str, tuple[Mapping, str]]:
        """The entries of `clusters`, `users` or `contexts` by name, with their paths; each of them is vetted."""
        entries: dict[str, tuple[Mapping, str]] = {}
        listed = root.entries.get(plural)
        if not isinstance(listed, Sequence):
            self.refuse(f"$.{plural}", root.lines.get(plural), "must be a list")
            return entries
        for index, node in enumerate(listed.items):
            path = f"$.{plural}[{index}]"
            entry = self.mapping(node, path)
            self.allowed(entry, frozenset({"name", singular}), path)
            name = self.text(entry, "name", path)
            inner = self.mapping(entry.entries.get(singular), f"{path}.{singular}")
            self.allowed(inner, fields, f"{path}.{singular}")
            if name is None:
                self.refuse(f"{path}.name", entry.line, "is missing")
            elif name in entries:
                self.refuse(f"{path}.name", entry.line, "is the name of an earlier entry too")
            else:
                entries[name] = (inner, f"{path}.{singular}")
        return entries


def vet_kubeconfig(text: str, *, rules: KubeconfigRules) -> ClusterTarget:
    """The current context of a kubeconfig (YAML or JSON). Raises `KubeconfigRefusedError` with every problem."""
    vetting = _Vetting(rules)
    root = _root(text)
    vetting.allowed(root, _TOP_FIELDS, "$")
    clusters = vetting.named(root, "clusters", "cluster", _CLUSTER_FIELDS)
    users = vetting.named(root, "users", "user", _USER_FIELDS)
    contexts = vetting.named(root, "contexts", "context", _CONTEXT_FIELDS)
    vetting.finish()
    context, context_path = _current_context(vetting, root, contexts)
    cluster, cluster_path = _referred(vetting, context, context_path, "cluster", clusters)
    user, user_path = _referred(vetting, context, context_path, "user", users)
    namespace = vetting.text(context, "namespace", context_path)
    if namespace is not None and not _NAMESPACE.fullmatch(namespace):
        vetting.refuse(f"{context_path}.namespace", context.lines["namespace"], "is not a valid name of a namespace")
    server = _server(vetting, cluster, cluster_path)
    tls_server_name = vetting.text(cluster, "tls-server-name", cluster_path)
    if tls_server_name is not None and not _HOST_NAME.fullmatch(tls_server_name):
        vetting.refuse(f"{cluster_path}.tls-server-name", cluster.lines["tls-server-name"], "is not a valid host name")
    authority = _pem(vetting, cluster, "certificate-authority-data", cluster_path)
    if authority is not None:
        _certificates(vetting, authority, cluster, "certificate-authority-data", cluster_path)
    token = vetting.text(user, "token", user_path)
    if token is not None and not _TOKEN.fullmatch(token):
        vetting.refuse(f"{user_path}.token", user.lines["token"], "has characters that no token has, or is too long")
    certificate, key = _client_pair(vetting, user, user_path)
    if token is None and certificate is None and not vetting.problems:
        vetting.refuse(
            user_path,
            user.line,
            "has no credential: give 'token', or 'client-certificate-data' and 'client-key-data'",
        )
    vetting.finish()
    return ClusterTarget(
        server=server,
        authority=authority,
        tls_server_name=tls_server_name,
        token=token,
        client_certificate=certificate,
        client_key=key,
        namespace=namespace,
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
        raise refused("$", None, f"is longer than {MAX_KUBECONFIG_BYTES // 1024} KiB")
    try:
        root = read_yaml_tree(text)
    except YamlRefusedError as error:
        raise refused(error.field, error.line, error.reason) from None
    if not isinstance(root, Mapping):
        raise refused("$", root.line, "must be a mapping")
    kind = root.entries.get("kind")
    if kind is not None and not (isinstance(kind, Scalar) and kind.text == "Config"):
        raise refused("$.kind", kind.line, "must be 'Config'")
    return root


def _current_context(vetting: _Vetting, root: Mapping, contexts: dict[str, tuple[Mapping, str]]) -> tuple[Mapping, str]:
    """The context that `current-context` names; where it is absent and there is one context, that one."""
    name = vetting.text(root, "current-context", "$")
    if name is None and len(contexts) == 1:
        return next(iter(contexts.values()))
    if name is None:
        vetting.refuse("$.current-context", None, "is missing, and there is not exactly one context")
    elif name not in contexts:
        vetting.refuse("$.current-context", root.lines["current-context"], "names a context that does not exist")
    vetting.finish()
    assert name is not None
    return contexts[name]


def _referred(
    vetting: _Vetting, context: Mapping, path: str, key: str, entries: dict[str, tuple[Mapping, str]]
) -> tuple[Mapping, str]:
    name = vetting.text(context, key, path)
    if name is None:
        vetting.refuse(f"{path}.{key}", context.line, "is missing")
    elif name not in entries:
        vetting.refuse(f"{path}.{key}", context.lines[key], f"names a {key} that does not exist")
    vetting.finish()
    assert name is not None
    return entries[name]


def _server(vetting: _Vetting, cluster: Mapping, path: str) -> str:
    """The URL without a trailing slash; empty where it is refused."""
    server = vetting.text(cluster, "server", path)
    if server is None:
        vetting.refuse(f"{path}.server", cluster.line, "is missing")
        return ""
    reason = _server_refusal(server, rules=vetting.rules)
    if reason is not None:
        vetting.refuse(f"{path}.server", cluster.lines["server"], reason)
        return ""
    return server.rstrip("/")


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
    if address is None and not _HOST_NAME.fullmatch(url.hostname):
        return "has no valid host name"
    if url.scheme == "http":
        here = url.hostname == "localhost" or (address is not None and ipaddress.ip_address(address).is_loopback)
        if not (here and rules.allow_http_to_loopback):
            return "must begin with https://: plain HTTP would expose the credential to the network"
    refusal = rules.addresses.refusal(address) if address is not None else None
    return f"is an address that Stagecoach does not connect to: {refusal}" if refusal else None


def _address(host: str) -> str | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return host


def _pem(vetting: _Vetting, node: Mapping, key: str, path: str) -> str | None:
    """The decoded text; None where there is none, or it is refused."""
    encoded = vetting.text(node, key, path)
    if encoded is None:
        return None
    try:
        return base64.b64decode("".join(encoded.split()), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        vetting.refuse(f"{path}.{key}", node.lines[key], "is not PEM text in base64")
        return None


def _certificates(vetting: _Vetting, pem: str, node: Mapping, key: str, path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        vetting.refuse(f"{path}.{key}", node.lines[key], "has no PEM certificate")
        return []


def _client_pair(vetting: _Vetting, user: Mapping, path: str) -> tuple[str | None, str | None]:
    """The certificate and its key (PEM), or None twice: there is no pair, or it is refused."""
    certificate = _pem(vetting, user, "client-certificate-data", path)
    key = _pem(vetting, user, "client-key-data", path)
    if certificate is None and key is None:
        return None, None
    if certificate is None or key is None:
        missing = "client-certificate-data" if certificate is None else "client-key-data"
        if missing not in user.entries:
            vetting.refuse(f"{path}.{missing}", user.line, "is missing: certificate and key belong together")
        return None, None
    certificates = _certificates(vetting, certificate, user, "client-certificate-data", path)
    try:
        private_key = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        vetting.refuse(
            f"{path}.client-key-data", user.lines["client-key-data"], "is encrypted; give it without a password"
        )
        return None, None
    except (ValueError, UnsupportedAlgorithm):
        vetting.refuse(f"{path}.client-key-data", user.lines["client-key-data"], "has no PEM private key")
        return None, None

    def spki(public: object) -> bytes:
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]

    if certificates and spki(certificates[0].public_key()) != spki(private_key.public_key()):
        vetting.refuse(f"{path}.client-key-data", user.lines["client-key-data"], "does not belong to the certificate")
    return certificate, key
