"""Which submitted kubeconfigs are accepted, and how others are refused."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

from services.kube.errors import KubeconfigRefusedError
from services.kube.kubeconfig import KubeconfigRules, as_kubeconfig, vet_kubeconfig
from services.net.addresses import AddressPolicy
from tests.support.fake_api_server import Authority
from tests.support.kubeconfigs import TOKEN, encoded, kubeconfig

STRICT = KubeconfigRules(
    addresses=AddressPolicy(allow_loopback=False, allow_private=True), allow_http_to_loopback=False
)
LOCAL = KubeconfigRules(addresses=AddressPolicy(allow_loopback=True, allow_private=True), allow_http_to_loopback=True)


def refusal(text: str, rules: KubeconfigRules = STRICT) -> KubeconfigRefusedError:
    with pytest.raises(KubeconfigRefusedError) as caught:
        vet_kubeconfig(text, rules=rules)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(caught.value.members())
    return caught.value


def test_a_kubeconfig_with_a_token_is_taken():
    target = vet_kubeconfig(kubeconfig(context={"namespace": "shop"}), rules=STRICT)
    assert (target.server, target.token, target.namespace) == ("https://203.0.114.7:6443", TOKEN, "shop")


def test_what_is_taken_survives_being_written_down():
    authority = Authority()
    pair = authority.sign("me")
    user = {
        "token": TOKEN,
        "client-certificate-data": encoded(pair.certificate_pem),
        "client-key-data": encoded(pair.key_pem),
    }
    cluster = {"certificate-authority-data": encoded(authority.pem), "tls-server-name": "kubernetes.default"}
    target = vet_kubeconfig(kubeconfig(cluster=cluster, user=user, context={"namespace": "a"}), rules=STRICT)
    assert vet_kubeconfig(as_kubeconfig(target), rules=STRICT) == target


def test_a_target_shows_no_secret_when_printed():
    pair = Authority().sign("me")
    user = {
        "token": TOKEN,
        "client-certificate-data": encoded(pair.certificate_pem),
        "client-key-data": encoded(pair.key_pem),
    }
    shown = repr(vet_kubeconfig(kubeconfig(user=user), rules=STRICT))
    assert TOKEN not in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize(
    ("member", "value", "path"),
    [
        ("exec", {"command": "aws"}, "$.users[0].user.exec"),
        ("auth-provider", {"name": "gcp"}, "$.users[0].user.auth-provider"),
        ("tokenFile", "/etc/passwd", "$.users[0].user.tokenFile"),
        ("client-certificate", "/a.pem", "$.users[0].user.client-certificate"),
        ("client-key", "/a.key", "$.users[0].user.client-key"),
        ("as", "admin", "$.users[0].user.as"),
        ("as-groups", ["system:masters"], "$.users[0].user.as-groups"),
        ("as-uid", "1", "$.users[0].user.as-uid"),
        ("as-user-extra", {"a": ["b"]}, "$.users[0].user.as-user-extra"),
        ("username", "me", "$.users[0].user.username"),
        ("password", "secret", "$.users[0].user.password"),
        ("surprise", "x", "$.users[0].user.surprise"),
    ],
)
def test_a_users_dangerous_member_is_refused_by_name(member: str, value: Any, path: str):
    error = refusal(kubeconfig(user={"token": TOKEN, member: value}))
    assert [problem.field for problem in error.problems] == [path]
    assert error.problems[0].line is not None


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("insecure-skip-tls-verify", True),
        ("insecure-skip-tls-verify", "false"),
        ("proxy-url", "http://10.0.0.1:3128"),
        ("certificate-authority", "/ca.pem"),
        ("surprise", "x"),
    ],
)
def test_a_clusters_dangerous_member_is_refused_by_name(member: str, value: Any):
    error = refusal(kubeconfig(cluster={member: value}))
    assert error.field == f"$.clusters[0].cluster.{member}"


def test_verification_that_is_not_skipped_is_taken():
    target = vet_kubeconfig(kubeconfig(cluster={"insecure-skip-tls-verify": False}), rules=STRICT)
    assert target.server == "https://203.0.114.7:6443"


def test_everything_wrong_is_said_at_once():
    text = kubeconfig(cluster={"proxy-url": "http://p"}, user={"exec": {}, "tokenFile": "/x"})
    assert {problem.field.rpartition(".")[2] for problem in refusal(text).problems} == {
        "proxy-url",
        "exec",
        "tokenFile",
    }


def test_of_several_contexts_the_current_one_counts():
    clusters = [
        {"name": "c", "cluster": {"server": "https://203.0.114.7"}},
        {"name": "d", "cluster": {"server": "https://203.0.114.8"}},
    ]
    contexts = [
        {"name": "x", "context": {"cluster": "c", "user": "u"}},
        {"name": "y", "context": {"cluster": "d", "user": "u"}},
    ]
    text = kubeconfig(clusters=clusters, contexts=contexts, current="y")
    assert vet_kubeconfig(text, rules=STRICT).server == "https://203.0.114.8"


def test_several_contexts_without_a_current_one_are_refused():
    contexts = [{"name": n, "context": {"cluster": "c", "user": "u"}} for n in "xy"]
    error = refusal(kubeconfig(contexts=contexts, current=""))
    assert error.field == "$.current-context"


@pytest.mark.parametrize(
    "contexts",
    [
        [{"name": "x", "context": {"cluster": "nope", "user": "u"}}],
        [{"name": "x", "context": {"cluster": "c", "user": "nope"}}],
        [{"name": "z", "context": {"cluster": "c", "user": "u"}}],
        [{"name": "x", "context": {"user": "u"}}],
        [],
        None,
    ],
)
def test_a_name_that_leads_nowhere_is_refused(contexts: Any):
    refusal(kubeconfig(contexts=contexts))


@pytest.mark.parametrize(
    "server",
    [
        "http://203.0.114.7",
        "http://localhost:8001",
        "ftp://203.0.114.7",
        "https://me:secret@203.0.114.7",
        "https://me@203.0.114.7",
        "https://203.0.114.7?x=1",
        "https://203.0.114.7#x",
        "https://203.0.114.7/a/../b",
        "https://203.0.114.7/%2e%2e/",
        "https://203.0.114.7:0",
        "https://203.0.114.7:99999",
        "https://",
        "203.0.114.7",
        "https://a b",
        "https://a..b",
        "https://169.254.169.254",
        "https://[fe80::1]",
        "https://[::ffff:169.254.169.254]",
        "https://127.0.0.1",
        "https://[::1]:6443",
        "https://0.0.0.0",
        "",
    ],
)
def test_a_server_that_is_not_connected_to_is_refused(server: str):
    assert refusal(kubeconfig(server=server)).field == "$.clusters[0].cluster.server"


@pytest.mark.parametrize("server", ["http://127.0.0.1:8001/clusters/dev-1", "http://localhost:1", "http://[::1]:1"])
def test_plain_http_to_this_machine_is_taken_where_settings_say_so(server: str):
    assert vet_kubeconfig(kubeconfig(server=server), rules=LOCAL).plain_http


@pytest.mark.parametrize("server", ["http://localhost.example.org", "http://10.0.0.1", "http://dev"])
def test_plain_http_elsewhere_is_refused_whatever_settings_say(server: str):
    refusal(kubeconfig(server=server), LOCAL)


def test_a_slash_at_the_servers_end_does_not_count():
    target = vet_kubeconfig(kubeconfig(server="https://rancher.example.org/k8s/clusters/c-1/"), rules=STRICT)
    assert target.server == "https://rancher.example.org/k8s/clusters/c-1"


def test_a_user_without_a_credential_is_refused():
    assert refusal(kubeconfig(user={})).field == "$.users[0].user"


@pytest.mark.parametrize("token", ["a b", "a\nb", "ü", "x" * 20_000, "a\r\nHost: evil"])
def test_a_token_that_could_not_be_one_is_refused(token: str):
    assert refusal(kubeconfig(user={"token": token})).field == "$.users[0].user.token"


def test_a_certificate_without_its_key_is_refused():
    pair = Authority().sign("me")
    error = refusal(kubeconfig(user={"client-certificate-data": encoded(pair.certificate_pem)}))
    assert error.field == "$.users[0].user.client-key-data"


@pytest.mark.parametrize("data", ["not base64 at all!", encoded("no pem"), encoded("-----BEGIN CERTIFICATE-----\nx")])
def test_an_authority_that_is_no_certificate_is_refused(data: str):
    error = refusal(kubeconfig(cluster={"certificate-authority-data": data}))
    assert error.field == "$.clusters[0].cluster.certificate-authority-data"


def test_a_key_of_another_certificate_is_refused():
    authority = Authority()
    user = {
        "client-certificate-data": encoded(authority.sign("me").certificate_pem),
        "client-key-data": encoded(authority.sign("me").key_pem),
    }
    assert refusal(kubeconfig(user=user)).field == "$.users[0].user.client-key-data"


def test_an_encrypted_key_is_refused():
    pair = Authority().sign("me")
    user = {
        "client-certificate-data": encoded(pair.certificate_pem),
        "client-key-data": encoded(pair.encoded_key(BestAvailableEncryption(b"word"))),
    }
    assert "encrypted" in refusal(kubeconfig(user=user)).detail


def test_aliases_are_refused_before_they_can_unfold():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
    )
    assert "aliases" in refusal(bomb).detail


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[" * 5_000, "nested"),
        ("{}" + " " * 300_000, "longer"),
        ("- x\n" * 10_000, "parts"),
        ("a: 1\n---\nb: 2\n", "documents"),
        ("", "empty"),
        ("just words", "mapping"),
        ("a: [", "YAML"),
        ("a: !!python/object:os.system {}", "tags"),
        ("? [a]\n: b\n", "key"),
        ("kind: Pod\n", "Config"),
    ],
)
def test_a_text_that_is_no_kubeconfig_is_refused(text: str, word: str):
    assert word in refusal(text).detail


def test_a_repeated_key_is_refused_with_its_line():
    error = refusal("kind: Config\nclusters: []\nclusters: []\n")
    assert (error.problems[0].field, error.problems[0].line) == ("$.clusters", 3)


def test_json_is_taken_too():
    text = (
        '{"clusters":[{"name":"c","cluster":{"server":"https://203.0.114.7"}}],"users":[{"name":"u","user":{"token":"t"}}],'
        '"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"}'
    )
    assert vet_kubeconfig(text, rules=STRICT).token == "t"


@pytest.mark.parametrize(
    "host", ["2852039166", "127.1", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "10.0.0.01", "1.2.3.4.5"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_whose_host_is_a_number_in_disguise_is_refused_whatever_the_settings_allow(host: str, scheme: str):
    (problem,) = refusal(kubeconfig(server=f"{scheme}://{host}:6443"), LOCAL).problems
    assert (problem.field, "unusual notation" in problem.reason) == ("$.clusters[0].cluster.server", True)
