"""Which credentials a kubelet shows to a registry."""

import base64
import json

from domain.resources import Manifest
from services.planning.objects.pull_secrets import PullCredential, account_name, credentials_in, pull_secret_names
from tests.support.objects import deployment


def encoded(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.b64encode(text.encode()).decode()


def pull_secret(data: dict[str, str]) -> Manifest:
    return Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": data})


def logins(data: dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    return [(each.pattern, each.username, each.password) for each in credentials_in([pull_secret(data)])]


def test_logins_are_read_in_all_their_spellings():
    auths = {
        "a.example": {"username": "ann", "password": "p:w"},
        "b.example": {"auth": encoded("bob:p:w")},
        "c.example": {"identitytoken": "t"},
        "d.example": {"auth": "not base64"},
    }
    read = [("a.example", "ann", "p:w"), ("b.example", "bob", "p:w"), ("c.example", None, None)]
    assert logins({".dockerconfigjson": encoded({"auths": auths})})[:3] == read
    assert logins({".dockercfg": encoded(auths)})[:3] == read
    for broken in ("%", encoded("no json"), encoded([]), encoded({"auths": 7}), encoded({"auths": {"x": "y"}})):
        assert logins({".dockerconfigjson": broken}) == []


def test_no_password_is_shown_by_accident():
    assert "p:w" not in repr(credentials_in([pull_secret({".dockercfg": encoded({"a": {"auth": encoded("b:p:w")}})})]))


def test_a_credential_covers_what_the_credential_provider_of_kubelet_matches():
    for pattern, registry, repository, covered in (
        ("registry.example", "registry.example", "shop/web", True),
        ("https://registry.example/v2/", "registry.example", "shop/web", True),
        ("Registry.Example:5000", "registry.example:5000", "web", True),
        ("registry.example", "registry.example:5000", "web", False),
        ("*.example", "registry.example", "web", True),
        ("*.example", "a.registry.example", "web", False),
        ("registry.example/shop", "registry.example", "shop/web", True),
        ("registry.example/shop", "registry.example", "other/web", False),
        ("https://index.docker.io/v1/", "docker.io", "library/nginx", True),
        ("https://index.docker.io/v1/", "quay.io", "library/nginx", False),
    ):
        assert PullCredential(pattern=pattern).covers(registry, repository) is covered, pattern


def test_pods_that_name_no_pull_secret_get_those_of_their_service_account():
    account = Manifest(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "runner"},
            "imagePullSecrets": [{"name": "of-account"}],
        }
    )
    bare = deployment(pod={"containers": [], "serviceAccountName": "runner"})
    own = deployment(pod={"containers": [], "imagePullSecrets": [{"name": "own"}]})
    assert pull_secret_names(bare, account) == ("of-account",)
    assert pull_secret_names(own, account) == ("own",)
    assert pull_secret_names(bare, None) == ()
    assert (account_name(bare), account_name(own)) == ("runner", "default")
