"""What the many writers of kubeconfigs write, and kubectl takes; and what is refused, each with its own reason."""

import base64
import json

import pytest
import yaml

from services.kube.errors import KubeconfigRefusedError
from services.kube.kubeconfig import KubeconfigRules, as_kubeconfig, vet_kubeconfig
from services.net.addresses import AddressPolicy
from tests.support.fake_api_server import Authority
from tests.support.kubeconfigs import TOKEN, encoded, kubeconfig

RULES = KubeconfigRules(addresses=AddressPolicy(allow_loopback=False, allow_private=True), allow_http_to_loopback=False)
AUTHORITY = Authority()
PAIR = AUTHORITY.sign("me")
CA = encoded(AUTHORITY.pem)
PLAIN = kubeconfig(cluster={"certificate-authority-data": CA})
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50In0.c2lnbmF0dXJl"
EC_PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def with_authority(text: str) -> str:
    return kubeconfig(cluster={"certificate-authority-data": encoded(text)})


def wrapped(text: str, style: str) -> str:
    lines = "\n".join(f"      {CA[at : at + 76]}" for at in range(0, len(CA), 76))
    return text.replace(f"certificate-authority-data: {CA}", f"certificate-authority-data: {style}\n{lines}")


def as_json(**dump: str) -> str:
    return json.dumps(yaml.safe_load(PLAIN), **dump)  # type: ignore[arg-type]


TAKEN = {
    "plain": PLAIN,
    "a byte order mark": "\ufeff" + PLAIN,
    "carriage returns": PLAIN.replace("\n", "\r\n"),
    "JSON with tabs": as_json(indent="\t"),
    "JSON with escaped slashes": as_json().replace("/", "\\/"),
    "base64 in a block": wrapped(PLAIN, "|"),
    "base64 in a folded block": wrapped(PLAIN, ">-"),
    "an empty path beside the data": kubeconfig(
        cluster={"certificate-authority-data": CA, "certificate-authority": ""}
    ),
    "an empty user name and no impersonation": kubeconfig(
        user={"token": TOKEN, "username": "", "password": None, "as": "", "as-groups": [], "as-user-extra": {}}
    ),
    "plug-ins that are null": kubeconfig(user={"token": TOKEN, "exec": None, "auth-provider": None, "tokenFile": ""}),
    "an empty proxy": kubeconfig(cluster={"proxy-url": "", "tls-server-name": "", "insecure-skip-tls-verify": None}),
    "verification that is not skipped": kubeconfig(cluster={"insecure-skip-tls-verify": False}),
    "a switch as YAML 1.1 spells it": kubeconfig(cluster={"insecure-skip-tls-verify": False}).replace(
        "insecure-skip-tls-verify: false", "insecure-skip-tls-verify: False"
    ),
    "a comment with umlauts before the certificate": with_authority(f"# Aussteller: Prüfstelle\n{AUTHORITY.pem}"),
    "openssl's description before the certificate": with_authority(f"Certificate:\n    Data: 3\n{AUTHORITY.pem}"),
    "text in Latin-1 before the certificate": kubeconfig(
        cluster={"certificate-authority-data": base64.b64encode(b"# Pr\xfcfstelle\n" + AUTHORITY.pem.encode()).decode()}
    ),
    "several certificates": with_authority(f"{AUTHORITY.pem}\n{Authority().pem}"),
    "IPv6": kubeconfig(server="https://[fd00:10::1]:6443"),
    "extensions of tools": kubeconfig(
        cluster={"extensions": [{"name": "cluster_info", "extension": {"provider": "x"}}]}
    ),
    "a user that is null, unused": kubeconfig(
        users=[{"name": "z", "user": None}, {"name": "u", "user": {"token": TOKEN}}]
    ),
    "an empty document at the end": f"---\n{PLAIN}---\n# end\n",
    "an empty document at the beginning": f"---\n---\n{PLAIN}",
    "a directive before it": f"%YAML 1.1\n---\n{PLAIN}...\n",
    "Rancher's path": kubeconfig(server="https://rancher.example.test/k8s/clusters/c-m-abc123"),
    "Teleport's path": kubeconfig(server="https://tele.example.test:443/v1/teleport/dGVsZQ/Y2x1"),
    "OpenShift's names": PLAIN.replace("name: x", "name: default/api-x:6443/kube:admin").replace(
        "current-context: x", "current-context: default/api-x:6443/kube:admin"
    ),
    "an address with capitals and slashes at its end": kubeconfig(server="HTTPS://Api.example.test:6443//"),
    "a server name for TLS": kubeconfig(cluster={"tls-server-name": "kubernetes"}),
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_it_is_taken_as_kubectl_takes_it(text: str):
    target = vet_kubeconfig(text, rules=RULES)
    assert target.token == TOKEN
    assert vet_kubeconfig(as_kubeconfig(target), rules=RULES) == target


def test_a_key_with_its_curve_before_it_is_taken_and_only_the_key_is_kept():
    user = {
        "client-certificate-data": encoded(PAIR.certificate_pem),
        "client-key-data": encoded(EC_PARAMETERS + PAIR.key_pem),
    }
    target = vet_kubeconfig(kubeconfig(user=user), rules=RULES)
    assert target.client_key is not None
    assert target.client_key.split() == PAIR.key_pem.split()


def test_a_certificate_file_that_holds_the_key_as_well_is_stored_without_the_key():
    both = encoded(PAIR.certificate_pem + PAIR.key_pem)
    target = vet_kubeconfig(kubeconfig(user={"client-certificate-data": both, "client-key-data": both}), rules=RULES)
    assert "PRIVATE KEY" not in str(target.client_certificate)
    assert "CERTIFICATE" not in str(target.client_key)


def data(value: str) -> str:
    return kubeconfig(cluster={"certificate-authority-data": value})


REFUSED = {
    "verification skipped": (kubeconfig(cluster={"insecure-skip-tls-verify": True}), "certificate-authority-data"),
    "the PEM text itself": (data(AUTHORITY.pem), "base64 -w0"),
    "encoded twice": (data(encoded(CA)), "twice"),
    "DER": (data(base64.b64encode(b"\x30\x82\x01\x0a" + bytes(64)).decode()), "DER"),
    "a private key for an authority": (data(encoded(PAIR.key_pem)), "private key"),
    "an end is missing": (data(encoded(AUTHORITY.pem[:-40])), "last lines are missing"),
    "a paste that stops": (data(CA[:-3]), "an end is missing"),
    "anchors": (PLAIN.replace("server: ", "server: &s "), "write the values out"),
    "no scheme": (kubeconfig(server="203.0.114.7:6443"), "https://"),
    "a proxy": (kubeconfig(cluster={"proxy-url": "socks5://127.0.0.1:1080"}), "directly"),
    "a token's file": (kubeconfig(user={"tokenFile": "/var/run/secrets/token"}), "put the content into 'token'"),
    "a certificate's file": (kubeconfig(user={"client-certificate": "/a.pem"}), "--flatten"),
    "a plug-in without a command": (kubeconfig(user={"token": TOKEN, "exec": {}}), "kubectl create token"),
    "impersonation": (kubeconfig(user={"token": TOKEN, "as": "system:admin"}), "impersonation"),
    "two documents": (f"{PLAIN}---\n{PLAIN}", "several documents"),
    "a certificate without a key": (
        kubeconfig(user={"client-certificate-data": encoded(PAIR.certificate_pem)}), "belong together"
    ),
    "a token with a line break": (kubeconfig(user={"token": f"{TOKEN}\n"}), "in one line"),
    "a token in base64": (kubeconfig(user={"token": encoded(JWT)}), "decode it (base64 -d)"),
    "a token with its scheme": (kubeconfig(user={"token": f"Bearer {TOKEN}"}), "the token alone"),
    "a kubeconfig in base64": (encoded(PLAIN), "decode it (base64 -d)"),
    "a Secret with a kubeconfig": (
        yaml.safe_dump({"apiVersion": "v1", "kind": "Secret", "data": {"value": encoded(PLAIN)}}), "is a Secret"
    ),
    "an address of the own machine": (kubeconfig(server="https://127.0.0.1:41234"), "kind get kubeconfig --internal"),
    "a name of the own machine": (kubeconfig(server="https://localhost:6443"), "tls-server-name"),
    "an empty file of kubectl's": (
        "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ''\nkind: Config\nusers: null\n",
        "is missing, and there is not exactly one context",
    ),
    "a longer file than is read": (PLAIN + "# more\n" * 40_000, "--minify --flatten"),
    "a binary tag": (wrapped(PLAIN, "!!binary |"), "plain values"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_a_reason_that_fits(text: str, reason: str):
    with pytest.raises(KubeconfigRefusedError) as caught:
        vet_kubeconfig(text, rules=RULES)
    assert reason in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(caught.value.problems) == 1
