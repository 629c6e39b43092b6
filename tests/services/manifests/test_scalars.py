"""What an unquoted scalar stands for: kubectl's reading, its own text where a text belongs, or a mistake."""

import pytest

from services.manifests.scalars import NoNumberError, Plain, TypedObject, read_as_kubectl, typed_object


def deployment(**spec: object) -> TypedObject:
    return typed_object({"apiVersion": Plain("apps/v1"), "kind": Plain("Deployment"), "spec": spec})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+7", 7),
        ("0644", 420),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("08", 8),
        ("012345678", 12345678),
        ("1.5", 1.5),
        ("5.", 5),
        ("1e3", 1000),
        ("1.00066e+09", 1000660000),
        ("1e21", 1e21),
        ("true", True),
        ("yes", True),
        ("On", True),
        ("y", True),
        ("NO", False),
        ("off", False),
        ("yEs", "yEs"),
        ("~", None),
        ("Null", None),
        ("1.2.3", "1.2.3"),
        ("2026-11-23", "2026-11-23"),
        ("12:30:00", "12:30:00"),
        ("500m", "500m"),
        ("_1", "_1"),
        ("0x", "0x"),
        ("=", "="),
    ],
)
def test_where_any_value_may_stand_it_is_read_as_kubectl_reads_it(text: str, value: object):
    read = read_as_kubectl(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["9223372036854775808", "9" * 5000, "1e999", ".inf", "-.INF", ".nan"])
def test_a_number_that_json_or_64_bits_do_not_have_is_refused(text: str):
    with pytest.raises(NoNumberError):
        read_as_kubectl(text)


@pytest.mark.parametrize("text", ["010", "1.10", "0781498", "NO", "true", "1e3", ".inf", "9" * 40])
def test_where_a_text_belongs_it_is_the_text_as_it_is_written(text: str):
    typed = typed_object(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"labels": {"a": Plain(text)}},
            "data": {"b": Plain(text)},
        }
    )
    assert (typed.body["metadata"]["labels"], typed.body["data"]) == ({"a": text}, {"b": text})
    assert typed.mistakes == ()


def test_labels_of_a_custom_resource_are_texts_and_its_other_fields_as_kubectl_reads_them():
    typed = typed_object(
        {
            "apiVersion": "example.com/v1",
            "kind": "Widget",
            "metadata": {"labels": {"rev": Plain("0781498")}},
            "spec": {"paused": Plain("no"), "size": Plain("2.0")},
        }
    )
    assert typed.body["metadata"]["labels"] == {"rev": "0781498"}
    assert typed.body["spec"] == {"paused": False, "size": 2}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"replicas": Plain("two")}, "spec.replicas must be a whole number, without a fraction or quotes."),
        ({"replicas": Plain("1.5")}, "spec.replicas must be a whole number, without a fraction or quotes."),
        ({"replicas": "2"}, "spec.replicas must be a whole number, without a fraction or quotes."),
        ({"paused": "yes"}, "spec.paused must be true or false, without quotes."),
        ({"selector": Plain("app")}, "spec.selector must be an object."),
        ({"selector": {"matchExpressions": {}}}, "spec.selector.matchExpressions must be a list."),
        ({"selector": {"matchLabels": {"app": []}}}, "spec.selector.matchLabels.app must be a text."),
    ],
)
def test_a_value_of_another_type_is_a_mistake_at_its_path(spec: dict[str, object], message: str):
    assert [each.message for each in deployment(**spec).mistakes] == [message]


@pytest.mark.parametrize("text", ["0.5", "500m", "1e3", "1"])
def test_a_quantity_is_a_number_or_a_text(text: str):
    container = {"name": "a", "resources": {"limits": {"cpu": Plain(text)}}}
    typed = deployment(template={"spec": {"containers": [container]}})
    assert typed.mistakes == ()


@pytest.mark.parametrize("port", ["80", "http"])
def test_a_port_may_be_a_number_or_a_name(port: str):
    probe = {"httpGet": {"port": Plain(port)}}
    typed = deployment(template={"spec": {"containers": [{"name": "a", "readinessProbe": probe}]}})
    assert typed.mistakes == ()


def test_a_field_that_the_library_does_not_know_is_left_to_the_server():
    assert deployment(novelty=Plain("08")).body["spec"] == {"novelty": 8}


def test_nulls_stay_nulls_wherever_they_stand():
    assert deployment(replicas=Plain("~"), selector=Plain(""), paused=Plain("null")).body["spec"] == {
        "replicas": None, "selector": None, "paused": None,
    }  # fmt: skip
