"""`kubectl config view` without --raw prints placeholders: they are called that, before a cluster refuses them."""

import base64

import pytest

from services.kube.errors import KubeconfigRefusedError
from services.kube.kubeconfig import KubeconfigRules, vet_kubeconfig
from services.net.addresses import AddressPolicy
from tests.support.kubeconfigs import TOKEN, kubeconfig

RULES = KubeconfigRules(addresses=AddressPolicy(allow_loopback=False, allow_private=True), allow_http_to_loopback=False)


def problems(text: str) -> dict[str, str]:
    with pytest.raises(KubeconfigRefusedError) as caught:
        vet_kubeconfig(text, rules=RULES)
    return {each.field: each.reason for each in caught.value.problems}


@pytest.mark.parametrize("blank", ["REDACTED", "DATA+OMITTED", "[REDACTED]", "<redacted>", "********", "xxxxxxxxxxxx"])
def test_a_blanked_token_is_refused_with_the_command_that_prints_it(blank: str):
    found = problems(kubeconfig(user={"token": blank}))
    assert list(found) == ["$.users[0].user.token"]
    assert "kubectl config view --raw --minify --flatten" in found["$.users[0].user.token"]


@pytest.mark.parametrize("placeholder", ["<your-token>", "${TOKEN}", "$TOKEN", "{{ token }}"])
def test_a_placeholder_of_a_template_is_called_that(placeholder: str):
    assert "is a placeholder" in problems(kubeconfig(user={"token": placeholder}))["$.users[0].user.token"]


@pytest.mark.parametrize("blank", ["DATA+OMITTED", "REDACTED"])
def test_each_blanked_field_is_named_at_once(blank: str):
    found = problems(
        kubeconfig(
            cluster={"certificate-authority-data": blank},
            user={"client-certificate-data": blank, "client-key-data": blank},
        )
    )
    assert set(found) == {
        "$.clusters[0].cluster.certificate-authority-data",
        "$.users[0].user.client-certificate-data",
        "$.users[0].user.client-key-data",
    }
    assert all("in place of the secret" in reason for reason in found.values())


@pytest.mark.parametrize(
    "token", [TOKEN, "redacted-but-longer", "eyJhbGciOi.REDACTED.x", base64.b64encode(b"x" * 40).decode()]
)
def test_a_token_that_only_resembles_a_blank_is_taken(token: str):
    assert vet_kubeconfig(kubeconfig(user={"token": token}), rules=RULES).token == token
