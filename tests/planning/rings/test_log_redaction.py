"""What is kept of a Job's log: its end, without secrets."""

import base64

import pytest

from domain.hook_runs import LOG_BYTES
from services.planning.rings.log_redaction import redacted_log, tail_of

_CANARY = "canary-7f3a"


def test_values_of_secrets_are_hidden_plain_and_in_base64() -> None:
    encoded = base64.b64encode(_CANARY.encode()).decode()
    log, _ = redacted_log(f"plain {_CANARY}\nencoded {encoded}\n".encode(), [_CANARY])
    assert log == "plain [hidden]\nencoded [hidden]\n"


def test_each_line_of_a_value_is_hidden() -> None:
    log, _ = redacted_log(b"read canary-one\nthen canary-two\n", ["canary-one\ncanary-two\n"])
    assert "canary" not in log


def test_short_and_common_values_hide_nothing() -> None:
    said = b"3 rows are true on localhost\n"
    assert redacted_log(said, ["3", "true", "localhost", ""])[0].encode() == said


@pytest.mark.parametrize(
    "line",
    [
        f"postgres://shop:{_CANARY}@db.example/shop",
        f"Authorization: Bearer {_CANARY}.abcdefgh",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.{_CANARY}",
        f"password={_CANARY}",
        f'{{"api_key": "{_CANARY}"}}',
        f"PGPASSWORD='{_CANARY}' psql",
        f"-----BEGIN RSA PRIVATE KEY-----\n{_CANARY}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{_CANARY}",
    ],
)
def test_what_looks_like_a_secret_is_hidden_though_no_secret_of_the_cluster_holds_it(line: str) -> None:
    assert _CANARY not in redacted_log(line.encode(), [])[0]


def test_an_ordinary_log_is_kept_word_by_word() -> None:
    said = "migrating shop to 42\n2026-12-02T03:00:00Z token bucket: 3 of 5\nhttps://web.example/a:b\n"
    assert redacted_log(said.encode(), ["unrelated-value"]) == (said, False)


def test_the_end_of_a_long_log_is_kept_from_the_beginning_of_a_line() -> None:
    long = "".join(f"line {number}\n" for number in range(20000)).encode()
    log, cut = redacted_log(long, [])
    assert cut
    assert len(log.encode()) <= LOG_BYTES
    assert log.startswith("line ")
    assert log.endswith("line 19999\n")


def test_a_secret_across_the_cut_is_hidden() -> None:
    filler = "x" * (LOG_BYTES - len(_CANARY) // 2)
    log, _ = redacted_log(f"{_CANARY}{filler}".encode(), [_CANARY])
    assert _CANARY[len(_CANARY) // 2 :] not in log


def test_a_line_that_lost_its_beginning_is_left_out() -> None:
    assert redacted_log(b"ary-7f3a\nnext\n", [_CANARY], cut=True) == ("next\n", True)


def test_terminals_get_nothing_to_obey() -> None:
    assert redacted_log(b"\x1b[31mred\x1b[0m\x07\x00 \xff\n", [])[0] == "red \ufffd\n"


def test_the_tail_says_the_last_lines_that_say_something() -> None:
    assert tail_of("one\ntwo\n\n  three\n\n", lines=2) == "two / three"
    assert len(tail_of("x" * 5000)) <= 601
