"""The credential of a cluster's record, for the pool."""

from dataclasses import replace

from db.keys import Locked
from services.reading.credentials import credential_of
from tests.support.records import cluster_record


def test_the_cluster_that_stagecoach_runs_in_has_no_kubeconfig():
    found = credential_of(cluster_record("home"))
    assert (found.cluster_id, found.name, found.version, found.kubeconfig) == ("id-of-home", "home", 1, None)


def test_the_kubeconfig_stays_sealed_until_a_client_is_made(keys):
    sealed = keys.seal("kind: Config # canary", context="clusters.credential:1")
    record = replace(cluster_record(), credential=Locked(sealed, "clusters.credential:1", keys), credential_version=7)
    found = credential_of(record)
    assert "canary" not in repr((record, found))
    assert found.version == 7
    assert found.kubeconfig is not None
    assert found.kubeconfig() == "kind: Config # canary"
