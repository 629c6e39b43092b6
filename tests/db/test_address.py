"""One URL for two drivers: what each is given, and what is refused before either sees it."""

from pathlib import Path

import pytest
from sqlalchemy.exc import ArgumentError

from db.address import BadAddressError, address_of, asyncpg_dsn, driver_url

PLAIN = "postgresql+asyncpg://me:s%40cret@db.example:5433/stage"


def query_of(url: str) -> dict[str, object]:
    return dict(driver_url(url).query)


def test_the_driver_in_the_name_is_the_services_own_business():
    for name in ("postgresql", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2"):
        url = PLAIN.replace("postgresql+asyncpg", name)
        assert driver_url(url).render_as_string(hide_password=False) == PLAIN.replace("+asyncpg", "")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
def test_each_mode_of_libpq_reaches_both_drivers(mode: str):
    assert query_of(f"{PLAIN}?sslmode={mode}") == {"sslmode": mode}
    assert asyncpg_dsn(f"{PLAIN}?sslmode={mode}").endswith(f"?sslmode={mode}")


@pytest.mark.parametrize(
    ("written", "mode"), [("ssl=require", "require"), ("ssl=true", "require"), ("ssl=verify-full", "verify-full")]
)
def test_sqlalchemys_word_for_asyncpg_means_the_same_to_both(written: str, mode: str):
    assert query_of(f"{PLAIN}?{written}") == {"sslmode": mode}


def test_files_reach_both_drivers(tmp_path: Path):
    (tmp_path / "ca.pem").touch()
    url = f"{PLAIN}?sslmode=verify-full&sslrootcert={tmp_path}/ca.pem"
    assert query_of(url) == {"sslmode": "verify-full", "sslrootcert": f"{tmp_path}/ca.pem"}
    assert "sslrootcert=" in asyncpg_dsn(url)


def test_the_systems_authorities_are_a_file_for_both_and_verify_the_name():
    query = query_of(f"{PLAIN}?sslrootcert=system")
    assert query["sslmode"] == "verify-full"
    assert Path(str(query["sslrootcert"])).is_file()


def test_what_psycopg_alone_understands_is_kept_from_asyncpg():
    url = f"{PLAIN}?connect_timeout=5&keepalives_idle=30&sslmode=require"
    assert query_of(url) == {"connect_timeout": "5", "keepalives_idle": "30", "sslmode": "require"}
    assert asyncpg_dsn(url).endswith("?sslmode=require")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sslmode=on", "sslmode must be one of"),
        ("ssl=yes", "sslmode must be one of"),
        (
            "sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
            "sslrootcert names a file that cannot be read: /nowhere/ca",
        ),
        ("sslcert=/nowhere/tls.crt", "sslcert names a file that cannot be read"),
        ("sslmode=require&sslrootcert=system", "needs sslmode=verify-full"),
        ("prepared_statement_cache_size=0", "The parameter prepared_statement_cache_size is not supported"),
        ("channel_binding=require", "channel_binding=require is not supported"),
    ],
)
def test_what_cannot_be_done_is_said_by_name(query: str, said: str):
    with pytest.raises(BadAddressError, match=said) as refused:
        asyncpg_dsn(f"{PLAIN}?{query}")
    assert "cret" not in str(refused.value)


def test_another_kind_of_database_is_refused():
    with pytest.raises(BadAddressError, match="PostgreSQL"):
        driver_url("mysql://me@db.example/stage")


def test_what_is_no_url_is_malformed():
    with pytest.raises(ArgumentError):
        driver_url("no address")


def test_an_address_is_shown_without_user_and_password():
    assert address_of(PLAIN) == "db.example:5433/stage"
