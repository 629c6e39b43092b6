"""Clusters review their own tokens, and the test bench shows how each trust judges one."""

from datetime import UTC, datetime, timedelta

import pytest

from db.transaction import Database
from domain.trusts import TrustKind, TrustTerms
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.people.access import Access, Proof
from services.people.exchanging import ExchangedToken, ExchangeRefusedError, TokenExchange, UnverifiableNowError
from services.people.trusts import Signature, Trusts
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.ci_tokens import claims_of, rsa_key, signed, terms
from tests.support.exchange_fakes import Keys, ReviewingClusters, Trusting

GITHUB, KUBERNETES = TrustKind.GITHUB, TrustKind.KUBERNETES
ADMIN = Permissions.administration(ANN)


def _reviewed() -> TrustTerms:
    return TrustTerms(**{**vars(terms(KUBERNETES)), "cluster_reviews": True})


async def test_a_cluster_is_asked_about_its_tokens_for_our_audience_and_as_often_as_they_come(
    exchange: TokenExchange, trusting: Trusting, reviewing: ReviewingClusters, published: Keys, cluster_id: str
):
    await trusting(_reviewed(), cluster_id=cluster_id)
    reviewing.says["prod-eu"] = "system:serviceaccount:ci:deployer"
    token = signed(claims_of(KUBERNETES))
    for _ in range(2):  # the kubelet hands out the same token for an hour
        assert isinstance(await exchange.exchange(token), ExchangedToken)
    assert reviewing.asked == [("prod-eu", "https://stagecoach.example")] * 2
    assert published.asked == []


@pytest.mark.parametrize("says", [None, "system:serviceaccount:ci:other", "admin"])
async def test_a_token_that_the_cluster_does_not_confirm_is_refused(
    says: str | None, exchange: TokenExchange, trusting: Trusting, reviewing: ReviewingClusters, cluster_id: str
):
    await trusting(_reviewed(), cluster_id=cluster_id)
    reviewing.says["prod-eu"] = says
    with pytest.raises(ExchangeRefusedError):
        await exchange.exchange(signed(claims_of(KUBERNETES)))


async def test_without_a_cluster_the_signature_of_kubernetes_counts(
    exchange: TokenExchange, trusting: Trusting, published: Keys
):
    await trusting(terms(KUBERNETES))
    assert isinstance(await exchange.exchange(signed(claims_of(KUBERNETES))), ExchangedToken)
    assert published.asked == [terms(KUBERNETES).issuer]


async def test_two_clusters_may_have_one_issuer(
    exchange: TokenExchange, trusting: Trusting, reviewing: ReviewingClusters, cluster_id: str, database: Database
):
    async with database.begin() as tx:
        other = await tx.clusters.add(name="prod-us", labels={}, server="https://y", credential="apiVersion: v1")
    await trusting(_reviewed(), cluster_id=cluster_id, name="eu")
    us = await trusting(_reviewed(), cluster_id=other.id, name="us")
    reviewing.says = {"prod-eu": None, "prod-us": "system:serviceaccount:ci:deployer"}
    issued = await exchange.exchange(signed(claims_of(KUBERNETES)))
    actor = await Access(database).actor(Proof(secret=issued.secret, by="token"))
    assert actor.caller.ref.id == us.id


async def test_the_bench_says_why_a_cluster_does_not_review(
    bench: Trusts, trusting: Trusting, reviewing: ReviewingClusters, cluster_id: str
):
    await trusting(_reviewed(), cluster_id=cluster_id)
    for error, said in {
        AccessDeniedError("No.", cluster="prod-eu"): "create tokenreviews.authentication.k8s.io",
        ClusterUnreachableError("No answer.", cluster="prod-eu"): "could not review",
    }.items():
        reviewing.says["prod-eu"] = error
        (trial,) = (await bench.test(ADMIN, signed(claims_of(KUBERNETES)))).trials
        assert (trial.signature, trial.admits) == (Signature.UNAVAILABLE, False)
        assert trial.signature_detail is not None
        assert said in trial.signature_detail


async def test_a_trust_whose_cluster_was_removed_admits_nobody_and_says_so(
    exchange: TokenExchange, bench: Trusts, trusting: Trusting, published: Keys
):
    trust = await trusting(_reviewed(), cluster_id="0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f")
    with pytest.raises(UnverifiableNowError):
        await exchange.exchange(signed(claims_of(KUBERNETES)))
    assert published.asked == []
    assert any("removed" in each for each in (await bench.get(ADMIN, trust.id)).cautions)


async def test_the_bench_shows_each_trust_claim_by_claim_and_takes_nothing(
    bench: Trusts, exchange: TokenExchange, trusting: Trusting
):
    fitting = await trusting(terms(GITHUB), name="fitting")
    await trusting(terms(GITHUB, repository_id=("75",)), name="other repository")
    await trusting(terms(TrustKind.GITLAB), name="other provider")
    token = signed(claims_of(GITHUB))
    trial = await bench.test(ADMIN, token)
    assert (trial.chosen, trial.taken, trial.trials[0].trust) == (fitting.id, False, "fitting")
    by_name = {each.trust: each for each in trial.trials}
    assert {row.claim for row in by_name["other repository"].rows if not row.fits} == {"repository_id"}
    assert by_name["other repository"].signature is Signature.VERIFIED
    assert by_name["other provider"].signature is Signature.NOT_CHECKED
    assert isinstance(await exchange.exchange(token), ExchangedToken)
    assert (await bench.test(ADMIN, token)).taken


async def test_the_bench_says_whose_signature_it_is_not(bench: Trusts, trusting: Trusting):
    await trusting(terms(GITHUB))
    (trial,) = (await bench.test(ADMIN, signed(claims_of(GITHUB), key=rsa_key("stranger")))).trials
    assert (trial.signature, trial.admits) == (Signature.REFUSED, False)
    assert all(row.fits for row in trial.rows)


async def test_the_bench_shows_that_a_trust_has_expired(bench: Trusts, trusting: Trusting):
    await trusting(terms(GITHUB), expires_at=datetime.now(UTC) - timedelta(seconds=1))
    (trial,) = (await bench.test(ADMIN, signed(claims_of(GITHUB)))).trials
    assert not trial.admits
    assert [row.claim for row in trial.rows if not row.fits] == ["(trust)"]
