import pytest

from services.planning.objects.redact import Fingerprints, compare_secret, hide_values
from services.planning.plan import Change, ChangeKind, Comparison
from tests.support.objects import FINGERPRINTS, config_map, secret


def test_equal_values_have_equal_fingerprints_whatever_the_order_of_their_keys():
    assert FINGERPRINTS.of({"a": 1, "b": 2}) == FINGERPRINTS.of({"b": 2, "a": 1})


def test_other_values_and_other_keys_give_other_fingerprints():
    assert FINGERPRINTS.of("a") != FINGERPRINTS.of("b")
    assert FINGERPRINTS.of("a") != Fingerprints(b"another key for tests, long enough").of("a")


def test_a_key_that_could_be_guessed_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        Fingerprints(b"short")


def test_the_key_shows_in_no_print():
    assert "a key for tests" not in repr(FINGERPRINTS)


@pytest.mark.parametrize("path", ["data.token", "data[tls.crt]", "stringData.token", "metadata.annotations[x/y]"])
def test_values_of_a_secret_are_hidden(path):
    change = Change(path=path, kind=ChangeKind.CHANGED, before="canary", after="canary")
    assert hide_values(secret().kind, (change,)) == (
        Change(path=path, kind=ChangeKind.CHANGED, comparison=Comparison.DIFFERS),
    )


def test_what_is_no_value_is_shown():
    change = Change(path="metadata.labels.a", kind=ChangeKind.ADDED, after="b")
    assert hide_values(secret().kind, (change,)) == (change,)
    data = Change(path="data.a", kind=ChangeKind.ADDED, after="b")
    assert hide_values(config_map().kind, (data,)) == (data,)


def test_a_secret_is_compared_key_by_key():
    live = secret(data={"same": "MQ==", "differs": "MQ==", "extra": "MQ=="})
    desired = secret(data={"same": "MQ==", "differs": "Mg==", "missing": "MQ=="})
    assert {change.path: change.comparison for change in compare_secret(desired, live)} == {
        "data.same": Comparison.SAME,
        "data.differs": Comparison.DIFFERS,
        "data.missing": Comparison.MISSING,
        "data.extra": Comparison.EXTRA,
    }


@pytest.mark.parametrize(
    "path", ["data.token", "stringData.token", "stringdata", "data[tls.key]", "metadata.annotations"]
)
def test_of_a_secret_everything_is_hidden_that_is_not_known_to_be_no_value(path):
    (hidden,) = hide_values(secret().kind, (Change(path=path, kind=ChangeKind.ADDED, after="canary-e1b7"),))
    assert "canary-e1b7" not in repr(hidden)


def test_the_type_and_the_labels_of_a_secret_are_shown():
    changes = tuple(
        Change(path=path, kind=ChangeKind.ADDED, after="shown") for path in ("type", "immutable", "metadata.labels.app")
    )
    assert hide_values(secret().kind, changes) == changes
