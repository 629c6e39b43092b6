"""Encryption at rest."""

import stat

import pytest

from db.errors import UnknownKeyError
from db.keys import BadKeyError, Keyring, TamperedError, key_from_file, new_key
from db.types import Sealed


def test_what_is_sealed_opens_again():
    keys = Keyring([new_key()])
    assert keys.open(keys.seal("päss", context="a"), context="a") == "päss"


def test_a_sealed_text_does_not_open_in_another_place():
    keys = Keyring([new_key()])
    with pytest.raises(TamperedError):
        keys.open(keys.seal("secret", context="row 1"), context="row 2")


def test_the_same_text_is_sealed_differently_each_time():
    keys = Keyring([new_key()])
    assert keys.seal("secret", context="a") != keys.seal("secret", context="a")


def test_an_older_key_still_opens_and_the_first_one_seals():
    old, new = new_key(), new_key()
    sealed = Keyring([old]).seal("secret", context="a")
    rotated = Keyring([new, old])
    assert rotated.open(sealed, context="a") == "secret"
    assert rotated.seal("secret", context="a").key_id == Keyring([new]).primary


def test_a_missing_key_is_named_by_its_id():
    sealed = Keyring([new_key()]).seal("secret", context="a")
    with pytest.raises(UnknownKeyError) as refused:
        Keyring([new_key()]).open(sealed, context="a")
    assert refused.value.key_id == sealed.key_id


def test_a_changed_ciphertext_does_not_open():
    keys = Keyring([new_key()])
    token = keys.seal("secret", context="a").token
    flipped = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    with pytest.raises(TamperedError):
        keys.open(Sealed(flipped), context="a")


@pytest.mark.parametrize("key", ["", "short", "not base64!", "QUJD"])
def test_a_bad_key_is_refused_without_being_repeated(key):
    with pytest.raises(BadKeyError) as refused:
        Keyring([key])
    assert key == "" or key not in str(refused.value)


def test_neither_keys_nor_sealed_texts_show_their_content():
    key = new_key()
    keys = Keyring([key])
    assert key not in repr(keys)
    assert keys.seal("secret", context="a").token not in repr(keys.seal("secret", context="a"))


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path):
    first = key_from_file(tmp_path / "key")
    assert key_from_file(tmp_path / "key") == first
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
    Keyring([first])
