"""The text of a token: what scanners verify, and what is refused without asking the database."""

import re
import zlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.people.token_text import TokenPrefix, token_fault, token_hash, token_text

RANDOM = bytes(range(32))
TOKEN = token_text(TokenPrefix.SERVICE_ACCOUNT, RANDOM)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def value(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + DIGITS.index(digit)
    return number


@given(st.sampled_from(TokenPrefix), st.binary(min_size=32, max_size=32))
def test_a_token_holds_its_random_bits_and_their_checksum(prefix: TokenPrefix, random: bytes):
    token = token_text(prefix, random)
    form = re.fullmatch(rf"{prefix}([0-9A-Za-z]{{43}})([0-9A-Za-z]{{6}})", token)
    assert form is not None
    assert value(form[1]) == int.from_bytes(random)
    assert value(form[2]) == zlib.crc32(form[1].encode())
    assert token_fault(token) is None


@pytest.mark.parametrize("random", [b"\x00" * 32, b"\xff" * 32])
def test_tokens_have_one_length_whatever_the_bits(random: bytes):
    assert len(token_text(TokenPrefix.PERSON, random)) == 54


@given(st.integers(min_value=5, max_value=53), st.sampled_from(DIGITS))
def test_a_changed_character_shows(place: int, digit: str):
    changed = TOKEN[:place] + digit + TOKEN[place + 1 :]
    assert (token_fault(changed) is None) == (changed == TOKEN)


@pytest.mark.parametrize("cut", [TOKEN[:-1], TOKEN + "0", TOKEN[:20], "stgp_", TOKEN.replace("stgs_", "stgc_") + " "])
def test_an_incomplete_token_is_refused_with_a_sentence_that_does_not_repeat_it(cut: str):
    said = token_fault(cut)
    assert said is not None
    assert "Copy the whole" in said
    assert cut not in said


@pytest.mark.parametrize("text", ["stg_" + "x" * 43, "", "ghp_abc", "stg_"])
def test_what_has_no_checksum_is_left_to_the_database(text: str):
    assert token_fault(text) is None


def test_a_process_of_the_former_release_does_not_find_a_token_that_it_would_misread():
    former = sha256(TOKEN.encode()).digest()
    assert token_hash(TOKEN) != former
    assert token_hash("stg_x") == sha256(b"stg_x").digest()
