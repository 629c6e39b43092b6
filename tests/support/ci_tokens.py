"""Tokens of CI providers, in the claim forms of their documentation, signed by an issuer of these tests.

The names, types and forms are the providers'; the values are their examples.
"""

import copy
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.trusts import TrustKind, TrustTerms

AUDIENCE = "https://stagecoach.example"
KEY_ID = "test-key-1"
ORGANIZATION = "c9035eb6-6eb2-4c85-8a81-d9ed6a1d1d1e"
TENANT = "11111111-2222-3333-4444-555555555555"

GITHUB_CLAIMS: dict[str, Any] = {
    "jti": "8395a793-0929-40a1-bd32-e12f2e856bed",
    "sub": "repo:octo-org/octo-repo:environment:production",
    "aud": AUDIENCE,
    "ref": "refs/heads/main",
    "sha": "0207a4bb93eb7a6af22451b92a89eb23585fd5a2",
    "repository": "octo-org/octo-repo",
    "repository_owner": "octo-org",
    "repository_owner_id": "65",
    "run_id": "18337179416",
    "run_number": "10",
    "run_attempt": "2",
    "repository_visibility": "private",
    "repository_id": "74",
    "actor_id": "12",
    "actor": "octocat",
    "workflow": "example-workflow",
    "head_ref": "",
    "base_ref": "",
    "event_name": "push",
    "ref_protected": "true",
    "ref_type": "branch",
    "environment": "production",
    "workflow_ref": "octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
    "workflow_sha": "0207a4bb93eb7a6af22451b92a89eb23585fd5a2",
    "job_workflow_ref": "octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
    "job_workflow_sha": "0207a4bb93eb7a6af22451b92a89eb23585fd5a2",
    "runner_environment": "github-hosted",
    "enterprise_id": "18181",
    "enterprise": "octo-enterprise",
    "iss": "https://token.actions.githubusercontent.com",
}

GITLAB_CLAIMS: dict[str, Any] = {
    "namespace_id": "72",
    "namespace_path": "my-group",
    "project_id": "20",
    "project_path": "my-group/my-project",
    "job_project_id": "20",
    "job_project_path": "my-group/my-project",
    "job_namespace_id": "72",
    "job_namespace_path": "my-group",
    "user_id": "1",
    "user_login": "sample-user",
    "user_email": "sample-user@example.com",
    "user_access_level": "developer",
    "user_identities": [{"provider": "github", "extern_uid": "2435223452345"}],
    "pipeline_id": "574",
    "pipeline_source": "push",
    "job_id": "302",
    "ref": "main",
    "ref_type": "branch",
    "ref_path": "refs/heads/main",
    "ref_protected": "true",
    "environment": "production",
    "environment_protected": "true",
    "deployment_tier": "production",
    "environment_action": "start",
    "runner_id": 1,
    "runner_environment": "self-hosted",
    "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
    "project_visibility": "private",
    "ci_config_ref_uri": "gitlab.example.com/my-group/my-project//.gitlab-ci.yml@refs/heads/main",
    "ci_config_sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
    "jti": "235b3a54-b797-45c7-ae9a-f72d7bc6ef5b",
    "iss": "https://gitlab.example.com",
    "sub": "project_path:my-group/my-project:ref_type:branch:ref:main",
    "aud": AUDIENCE,
}

BUILDKITE_CLAIMS: dict[str, Any] = {
    "iss": "https://agent.buildkite.com",
    "sub": "organization:acme-inc:pipeline:super-duper-app:ref:refs/heads/main:"
    "commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:build",
    "aud": AUDIENCE,
    "jti": "0184990a-4550-7000-8000-000000000001",
    "organization_id": "0184990a-477b-4fa8-9968-496074483cec",
    "organization_slug": "acme-inc",
    "pipeline_id": "0184990a-4782-42b5-afc1-16715b10b1b0",
    "pipeline_slug": "super-duper-app",
    "build_number": 1,
    "build_branch": "main",
    "build_commit": "9f3182061f1e2cca4702c368cbc039b7dc9d4485",
    "build_source": "webhook",
    "step_key": "build",
    "job_id": "0184990a-477b-4fa8-9968-496074483cee",
    "agent_id": "0184990a-4782-42b5-afc1-16715b10b8ff",
    "runner_environment": "self-hosted",
}

CIRCLECI_CLAIMS: dict[str, Any] = {
    "iss": f"https://oidc.circleci.com/org/{ORGANIZATION}",
    "sub": f"org/{ORGANIZATION}/project/3a2f5b1c-7d4e-4f6a-9b8c-0d1e2f3a4b5c/user/5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a8b9",
    "aud": AUDIENCE,
    "oidc.circleci.com/context-ids": ["7b6a5c4d-3e2f-4a1b-8c9d-0e1f2a3b4c5d", "cb32986e-2f6f-4f43-b2bd-d3c2fd98e903"],
    "oidc.circleci.com/job-id": "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9",
    "oidc.circleci.com/org-id": ORGANIZATION,
    "oidc.circleci.com/pipeline-definition-id": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    "oidc.circleci.com/pipeline-id": "9f8e7d6c-5b4a-4c3d-8e2f-1a0b9c8d7e6f",
    "oidc.circleci.com/project-id": "3a2f5b1c-7d4e-4f6a-9b8c-0d1e2f3a4b5c",
    "oidc.circleci.com/ssh-rerun": False,
    "oidc.circleci.com/vcs-origin": "github.com/octo/widgets",
    "oidc.circleci.com/vcs-ref": "refs/heads/main",
    "oidc.circleci.com/workflow-id": "2b3c4d5e-6f7a-4b8c-9d0e-1f2a3b4c5d6e",
}

KUBERNETES_CLAIMS: dict[str, Any] = {
    "aud": [AUDIENCE],
    "iss": "https://kubernetes.default.svc.cluster.local",
    "jti": "a9a186b9-58c4-4000-b767-e55399d278dd",
    "kubernetes.io": {
        "namespace": "ci",
        "node": {"name": "node-1", "uid": "aad42a6b-b5dc-4d96-95b3-902ce3dc9e4a"},
        "pod": {"name": "deploy-7dr4z", "uid": "8597bc3b-7219-47dc-9d9d-a4a6bfeb8d94"},
        "serviceaccount": {"name": "deployer", "uid": "21d8cbc1-5ff1-49dc-82a5-44c842822bd6"},
    },
    "sub": "system:serviceaccount:ci:deployer",
}

GOOGLE_CLAIMS: dict[str, Any] = {
    "iss": "https://accounts.google.com",
    "aud": AUDIENCE,
    "azp": "112010400000000710080",
    "sub": "112010400000000710080",
    "email": "deployer@project-id.iam.gserviceaccount.com",
    "email_verified": True,
    "google": {"compute_engine": {"project_id": "project-id", "zone": "us-central1-a"}},
}

AZURE_CLAIMS: dict[str, Any] = {
    "iss": f"https://sts.windows.net/{TENANT}/",
    "aud": "api://00000000-1111-2222-3333-444444444444",
    "aio": "AWQAm/8aAAAA",
    "appid": "22222222-3333-4444-5555-666666666666",
    "appidacr": "2",
    "idp": f"https://sts.windows.net/{TENANT}/",
    "idtyp": "app",
    "oid": "33333333-4444-5555-6666-777777777777",
    "sub": "33333333-4444-5555-6666-777777777777",
    "tid": TENANT,
    "uti": "sdmF4KgzXUu6N0IKMbQBAA",
    "ver": "1.0",
    "xms_mirid": "/subscriptions/662a4fee-a3ba-49b3-9caf-8c20ed04503f/resourcegroups/ci/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/deployer",
}

CLAIMS: Mapping[TrustKind, Mapping[str, Any]] = {
    TrustKind.GITHUB: GITHUB_CLAIMS,
    TrustKind.GITLAB: GITLAB_CLAIMS,
    TrustKind.BUILDKITE: BUILDKITE_CLAIMS,
    TrustKind.CIRCLECI: CIRCLECI_CLAIMS,
    TrustKind.KUBERNETES: KUBERNETES_CLAIMS,
    TrustKind.GOOGLE: GOOGLE_CLAIMS,
    TrustKind.AZURE: AZURE_CLAIMS,
}

_NAMED: Mapping[TrustKind, Mapping[str, tuple[str, ...]]] = {
    TrustKind.GITHUB: {"repository_id": ("74",), "repository_owner_id": ("65",), "ref": ("refs/heads/main",)},
    TrustKind.GITLAB: {"project_id": ("20",), "ref_protected": ("true",)},
    TrustKind.BUILDKITE: {
        "organization_id": ("0184990a-477b-4fa8-9968-496074483cec",),
        "pipeline_id": ("0184990a-4782-42b5-afc1-16715b10b1b0",),
        "build_branch": ("main",),
    },
    TrustKind.CIRCLECI: {
        "oidc.circleci.com/project-id": ("3a2f5b1c-7d4e-4f6a-9b8c-0d1e2f3a4b5c",),
        "oidc.circleci.com/vcs-ref": ("refs/heads/main",),
    },
    TrustKind.KUBERNETES: {"sub": ("system:serviceaccount:ci:deployer",)},
    TrustKind.GOOGLE: {"sub": ("112010400000000710080",)},
    TrustKind.AZURE: {"tid": (TENANT,), "oid": ("33333333-4444-5555-6666-777777777777",)},
}


def terms(kind: TrustKind, *, issuer: Any = None, audience: Any = None, **claims: Any) -> TrustTerms:
    """Terms that the provider's token fits; `claims` are added, those that are None are left out."""
    own = CLAIMS[kind]
    sent = own["aud"]
    named = {**_NAMED[kind], **claims}
    return TrustTerms(
        kind=kind,
        issuer=issuer or own["iss"],
        audience=audience or (sent[0] if isinstance(sent, list) else sent),
        claims={name: tuple(values) for name, values in named.items() if values is not None},
    )


def claims_of(kind: TrustKind, *, now: Any = None, without: Any = (), **changes: Any) -> dict[str, Any]:
    """The provider's claims, issued just now for five minutes, with some changed."""
    issued = int(now if now is not None else time.time())
    times = {"iat": issued, "nbf": issued - 5, "exp": issued + 300}
    if kind is TrustKind.CIRCLECI:
        del times["nbf"]
    claims = {**copy.deepcopy(dict(CLAIMS[kind])), **times, **changes}
    return {name: value for name, value in claims.items() if name not in set(without)}


@cache
def rsa_key(name: str = KEY_ID, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key by its name, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed(claims: Mapping[str, Any], *, key: Any = None, algorithm: str = "RS256", **headers: Any) -> str:
    """The token, signed with the test's key, or with `key`; a header that is None is left out."""
    named = {name: value for name, value in {"kid": KEY_ID, **headers}.items() if value is not None}
    return jwt.encode(dict(claims), key or rsa_key(), algorithm=algorithm, headers=named)


def jwks(**keys: Any) -> bytes:
    """Published keys by their ids; by default the test's."""
    listed = []
    for key_id, key in (keys or {KEY_ID: rsa_key()}).items():
        form = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
        published: dict[str, Any] = form.to_jwk(key.public_key(), as_dict=True)
        listed.append({**published, "kid": key_id, "use": "sig"})
    return json.dumps({"keys": listed}).encode()
