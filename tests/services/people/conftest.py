"""The exchange of CI jobs' tokens without a network: issuers and clusters are fakes, the database is real."""

from datetime import datetime
from typing import cast

import pytest

from db.transaction import Database
from db.trusts import TrustRecord
from domain.trusts import TrustTerms
from services.kube.gateway import Clusters
from services.limits import Limits
from services.people.exchanging import TokenExchange, Verifier
from services.people.trusts import Trusts
from tests.support.actors import ANN
from tests.support.exchange_fakes import Keys, ReviewingClusters, Trusting


@pytest.fixture
def published() -> Keys:
    return Keys()


@pytest.fixture
def reviewing() -> ReviewingClusters:
    return ReviewingClusters()


@pytest.fixture
def verifier(database: Database, published: Keys, reviewing: ReviewingClusters) -> Verifier:
    return Verifier(database, published, cast("Clusters", reviewing), Limits())


@pytest.fixture
def exchange(database: Database, verifier: Verifier) -> TokenExchange:
    return TokenExchange(database, verifier)


@pytest.fixture
def bench(database: Database, verifier: Verifier) -> Trusts:
    return Trusts(database, verifier, public_url=None)


@pytest.fixture
def trusting(database: Database) -> Trusting:
    async def trusting(
        wanted: TrustTerms, *, name: str = "shop", cluster_id: str | None = None, expires_at: datetime | None = None
    ) -> TrustRecord:
        async with database.begin() as tx:
            return await tx.trusts.add(
                name=name,
                terms=wanted,
                cluster_id=cluster_id,
                expires_at=expires_at,
                created_by=ANN.caller.ref,
            )

    return trusting


@pytest.fixture
async def cluster_id(database: Database) -> str:
    async with database.begin() as tx:
        cluster = await tx.clusters.add(name="prod-eu", labels={}, server="https://x", credential="apiVersion: v1")
        return cluster.id
