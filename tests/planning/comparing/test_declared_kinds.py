"""Images of declared kinds are compared as images, and nothing else of their objects is left out."""

from datetime import UTC, datetime
from typing import Any

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.resources import Manifest
from services.planning.comparing.compare import compare
from services.planning.comparing.expected import Expectations
from services.planning.comparing.values import Comparison, Seen, Side
from services.planning.health.values import Children
from services.planning.images.running import cluster_facts
from services.planning.objects.identity import ObjectKey
from tests.support.comparing import told
from tests.support.objects import FINGERPRINTS, obj

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DECLARED = DeclaredKinds(
    by_kind={
        ("shop.example", "Shopfront"): Declaration(
            images=(
                DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag"),
                DeclaredImage(path="spec.proxies[*].ref", form=ImageForm.REFERENCE),
            )
        )
    }
)


def front(tag: str, **spec: Any) -> Manifest:
    image = {"repository": "shop/web", "tag": tag, "pullPolicy": "Always"}
    proxies = [{"name": "edge", "ref": "shop/edge:1", "port": 80}]
    return obj("shop.example/v1", "Shopfront", "web", spec={"image": image, "proxies": proxies, **spec})


def side(environment: str, manifest: Manifest) -> Side:
    facts = cluster_facts("c", [manifest.id], [manifest], Children(), now=NOW, policy=None, declared=DECLARED)
    seen = Seen(
        cluster="c",
        images={each.key: each for each in facts.running},
        objects={ObjectKey.of(manifest): manifest},
        declared=DECLARED,
    )
    return Side(environment=environment, namespace="shop", clusters=(seen,))


def compared(one: Manifest, other: Manifest) -> Comparison:
    return compare(
        "shop",
        side("Staging", one),
        side("Production", other),
        expectations=Expectations(),
        fingerprints=FINGERPRINTS,
        values_shown=True,
    )


def test_a_declared_image_differs_once_and_as_an_image():
    assert told(compared(front("1"), front("2"))) == [
        ("images", "Shopfront web", "spec.image", "shop/web:1", "shop/web:2")
    ]


def test_what_stands_beside_a_declared_image_is_compared():
    other = front("1", proxies=[{"name": "edge", "ref": "shop/edge:1", "port": 81}])
    found = told(compared(front("1"), other))
    assert [section for section, *_ in found] == ["other"]
