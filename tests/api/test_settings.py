"""Settings come from the environment, in groups, and nowhere else."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings


def test_variables_are_read_in_groups(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_DATA", "/srv/stagecoach")
    monkeypatch.setenv("STAGECOACH_LIMITS__PLAN", "7.5")
    monkeypatch.setenv("STAGECOACH_CLUSTERS__ALLOW_LOOPBACK", "true")
    settings = Settings()
    assert settings.data == Path("/srv/stagecoach")
    assert settings.limits.to_limits().plan == 7.5
    assert settings.clusters.allow_loopback is True


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_CORS_ORIGINS", "https://a.example, https://b.example")
    assert Settings().cors_origins == ("https://a.example", "https://b.example")


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_DATABASE_URL", "postgresql://stage:canary-11@db/stage")
    monkeypatch.setenv("STAGECOACH_ENCRYPTION_KEYS", "canary-22,canary-33")
    settings = Settings()
    assert "canary" not in repr(settings)
    assert [key.get_secret_value() for key in settings.encryption_keys] == ["canary-22", "canary-33"]


def test_a_limit_of_zero_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_LIMITS__PER_CLUSTER", "0")
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("variable", ["STAGECOACH_LIMITS__PROBE_INTERVAL", "STAGECOACH_LIMITS__ROUNDS"])
def test_the_probe_interval_is_read_under_its_present_and_its_former_name(
    monkeypatch: pytest.MonkeyPatch, variable: str
):
    monkeypatch.setenv(variable, "12.5")
    assert Settings().limits.to_limits().probe_interval == 12.5


@pytest.mark.parametrize(
    "order",
    [
        ("STAGECOACH_LIMITS__PROBE_INTERVAL", "STAGECOACH_LIMITS__ROUNDS"),
        ("STAGECOACH_LIMITS__ROUNDS", "STAGECOACH_LIMITS__PROBE_INTERVAL"),
    ],
)
def test_the_present_name_of_the_probe_interval_wins(monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]):
    values = {"STAGECOACH_LIMITS__PROBE_INTERVAL": "7", "STAGECOACH_LIMITS__ROUNDS": "99"}
    for variable in order:
        monkeypatch.setenv(variable, values[variable])
    assert Settings().limits.to_limits().probe_interval == 7


def test_a_probe_interval_of_zero_is_refused_under_the_name_that_set_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_LIMITS__ROUNDS", "0")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert refused.value.errors()[0]["loc"] == ("limits", "rounds")


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("https://siem.example/canary", None),
        (None, "whsec_canarycanarycanarycanarycanarycanary"),
        ("https://siem.example/canary", "whsec_canary"),
        ("https://siem.example/canary", "canarycanarycanarycanarycanarycanary"),
        ("https://ann:canary@siem.example/", "whsec_canarycanarycanarycanarycanarycanary"),
        ("ftp://siem.example/canary", "whsec_canarycanarycanarycanarycanarycanary"),
    ],
)
def test_an_audit_webhook_needs_a_whole_address_and_a_strong_secret_and_shows_neither(
    monkeypatch: pytest.MonkeyPatch, url: str | None, secret: str | None
):
    for name, value in (("URL", url), ("SECRET", secret)):
        if value is not None:
            monkeypatch.setenv(f"STAGECOACH_AUDIT__WEBHOOK_{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "webhook" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_an_audit_webhook_is_set_by_an_address_and_a_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAGECOACH_AUDIT__WEBHOOK_URL", "https://siem.example/in?token=canary")
    monkeypatch.setenv("STAGECOACH_AUDIT__WEBHOOK_SECRET", "whsec_canarycanarycanarycanarycanarycanary")
    settings = Settings()
    assert settings.audit.webhook_url is not None
    assert settings.audit.webhook_url.get_secret_value() == "https://siem.example/in?token=canary"
    assert "canary" not in repr(settings)
