"""The stages of the services' own tests, for the cases that concern them."""

from tests.services.conftest import example_clusters, stage
from tests.services.pushes.conftest import image_pushes, practice_for_promotions, pretend
from tests.services.registry.conftest import authority, clients, elsewhere, other, plain, secure

__all__ = [
    "authority",
    "clients",
    "elsewhere",
    "example_clusters",
    "image_pushes",
    "other",
    "plain",
    "practice_for_promotions",
    "pretend",
    "secure",
    "stage",
]
