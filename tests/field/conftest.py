"""The stage for copies, as the tests of the services have it."""

from tests.services.conftest import example_clusters, stage

__all__ = ["example_clusters", "stage"]
