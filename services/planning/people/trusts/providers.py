"""All providers, by kind."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.trusts import TrustKind
from services.planning.people.trusts.azure import AZURE
from services.planning.people.trusts.buildkite import BUILDKITE
from services.planning.people.trusts.circleci import CIRCLECI
from services.planning.people.trusts.github import GITHUB
from services.planning.people.trusts.gitlab import GITLAB
from services.planning.people.trusts.google import GOOGLE
from services.planning.people.trusts.kubernetes import KUBERNETES
from services.planning.people.trusts.values import TrustProvider

PROVIDERS: Mapping[TrustKind, TrustProvider] = MappingProxyType(
    {each.kind: each for each in (GITHUB, GITLAB, BUILDKITE, CIRCLECI, KUBERNETES, GOOGLE, AZURE)}
)
assert set(PROVIDERS) == set(TrustKind)
