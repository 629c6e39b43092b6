import time

import pytest

from services.planning.copying.namespace_texts import names_namespace


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("url", "postgres://app:secret@db.shop.svc:5432/app"),
        ("anything", "shop.svc.cluster.local"),
        ("anything", "web-0.web.shop.svc"),
        ("CART", "http://cart.shop:8080"),
        ("CART", "http://cart.shop/"),
        ("KAFKA_BROKERS", "kafka-0.kafka.shop:9092,kafka-1.kafka.shop:9092"),
        ("DB_HOST", "db.shop"),
        ("NO_PROXY", "localhost,db.shop,.svc"),
        ("externalName", "db.shop"),
        ("args", "--leader-election-namespace=shop"),
        ("args", "--watch-namespaces=infra,shop"),
        ("--namespace", "shop"),
        ("exportTo", "shop"),
        ("hazelcast.xml", "<kubernetes><namespace>shop</namespace></kubernetes>"),
        ("application.properties", "spring.cloud.kubernetes.discovery.namespaces[0]=shop"),
        ("prometheus.yml", "- role: pod\n  namespaces:\n    names:\n    - infra\n    - shop\n"),
        ("config.toml", 'namespaces = ["infra", "shop"]'),
        ("identities", "*.shop.serviceaccount.identity.linkerd.cluster.local"),
        ("POD_NAMESPACE", "shop"),
        ("WATCH_NAMESPACES", "infra, shop"),
        ("matchNames", "shop"),
        ("command", "kubectl -n shop get pods"),
        ("settings.yaml", 'leaderElection:\n  namespace: "shop"\n'),
        ("expr", 'sum(up{namespace="shop"})'),
        ("expr", 'sum(up{namespace=~"shop"})'),
        ("subject", "system:serviceaccount:shop:runner"),
        ("id", "spiffe://cluster.local/ns/shop/sa/web"),
        ("path", "/api/v1/namespaces/shop/configmaps"),
        ("middlewares", "shop-redirect@kubernetescrd"),
        ("app.properties", "theme=dark\ndb.host=db.shop\n"),
        ("settings.json", '{"upstream": "cart.shop", "theme": "dark"}'),
        ("settings.yaml", "server:\n  address: cart.shop\n"),
        ("args", "--upstream=cart.shop"),
        ("ADVERTISED", "PLAINTEXT://kafka.shop:9092"),
        ("TARGET", "dns:///cart.shop:50051"),
        ("nginx.conf", "upstream cart { server cart.shop; }"),
        ("CONNECTION", "Data Source=sql.shop,1433;Initial Catalog=cart"),
        ("sql", "Server=tcp:sql.shop,1433;Database=cart"),
    ],
)
def test_a_text_names_the_namespace(member, text):
    assert names_namespace(text, "shop", member=member)


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("TITLE", "The shop"),
        ("image", "registry.example.test/shop/web:1.0.0"),
        ("host", "web.dev.example.test"),
        ("host", "www.example.shop"),
        ("url", "https://www.example.shop/path"),
        ("HOME", "/srv/shop/data"),
        ("url", "http://cart.shopping:8080"),
        ("url", "http://cart.eshop:8080"),
        ("url", "http://shop:8080"),  # a Service of that name, in the copy's own namespace
        ("mail", "info@cart.shop"),
        ("database", "shop"),
        ("settings", "theme.shop=dark"),
        ("server.properties", "theme.shop=dark\nlogging.shop: debug\n"),
        ("server.js", "window.shop(1)"),
        ("settings.yaml", "file: cart.shop\n"),
        ("namespace", "shop-dev"),
        ("text", "namespace: shop-dev"),
        ("topic", "shop.orders.created"),
    ],
)
def test_a_text_does_not_name_the_namespace(member, text):
    assert not names_namespace(text, "shop", member=member)


@pytest.mark.parametrize("namespace", ["dev", "app"])
def test_a_public_domain_that_ends_like_the_namespace_is_no_service_of_it(namespace):
    assert not names_namespace(f"https://example.{namespace}/path", namespace, member="url")
    assert not names_namespace(f"example.{namespace}", namespace, member="host")
    assert names_namespace(f"http://cart.{namespace}:8080", namespace, member="url")


def test_an_object_is_named_by_its_namespace_where_texts_name_objects():
    for text in ("shop/*", "shop/client-ca", "--default-ssl-certificate=shop/tls", "infra/a,shop/b"):
        assert names_namespace(text, "shop", member="x", refers=True)
        assert not names_namespace(text, "shop", member="x")
    assert not names_namespace("registry.example/shop/web", "shop", member="x", refers=True)
    assert not names_namespace("shop/web:1.0", "shop", member="x", refers=True)


@pytest.mark.parametrize(
    "text", ["a." * 400_000 + "shop", "shop " * 200_000, "shop." * 200_000, "a" * 900_000 + ".shop"]
)
def test_a_text_of_a_megabyte_is_searched_in_a_moment(text):
    began = time.process_time()
    names_namespace(text, "shop", member="host", refers=True)
    assert time.process_time() - began < 5


def test_a_host_alone_needs_no_name_where_nothing_else_ends_like_the_namespace():
    assert names_namespace("cart.shop-dev", "shop-dev", member="CART")
    assert not names_namespace("cart.shop", "shop", member="CART")
    assert not names_namespace("see cart.shop-dev", "shop-dev", member="CART")


@pytest.mark.parametrize(
    "text", ["https://kubernetes.default.svc", "https://kubernetes.default", "https://kubernetes.default:443/api"]
)
def test_the_api_server_of_every_cluster_is_no_place_of_the_source(text):
    assert not names_namespace(text, "default", member="API_URL")


@pytest.mark.parametrize("text", ["https://cart.default.svc", "http://my-kubernetes.default:80"])
def test_other_services_of_the_default_namespace_are(text):
    assert names_namespace(text, "default", member="API_URL")
