"""What is kept of a controller's message is short, and holds no credential."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.health.custom_messages import LONGEST, safe_message


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (None, ""),
        (7, ""),
        ("  two\n lines\t", "two lines"),
        ("dial amqp://shop:hunter2@mq:5672/", "dial amqp://[hidden]@mq:5672/"),
        ("https://gateway.example/shop is not reachable", "https://gateway.example/shop is not reachable"),
        ("PGPASSWORD=hunter2 api-key=x; sslmode=require", "PGPASSWORD=[hidden] api-key=[hidden]; sslmode=require"),
        ('secret "db" not found', 'secret "db" not found'),
        ("x" * 300, "…"),
    ],
)
def test_a_message_is_kept_in_one_line_without_credentials(message, kept):
    assert safe_message(message) == kept


def test_a_long_message_ends_at_a_word():
    kept = safe_message("word " * 100)
    assert len(kept) <= LONGEST
    assert kept.endswith("word …")


def test_a_credential_at_the_cut_is_not_kept_in_part():
    kept = safe_message("x" * 180 + " postgres://shop:" + "hunter2" * 20 + "@db token=" + "hunter2" * 9)
    assert "hunter2" not in kept


WORDS = st.lists(
    st.sampled_from(["a", "token=", "hunter2", "://u:p@", "=", " ", "\n", "…", "[hidden]", "x" * 60, "p" * 199]),
    max_size=12,
)


@given(WORDS.map("".join))
def test_what_is_kept_is_kept_as_it_is(message):
    kept = safe_message(message)
    assert safe_message(kept) == kept
    assert len(kept) <= LONGEST
