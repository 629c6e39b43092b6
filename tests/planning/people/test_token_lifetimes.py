"""How long tokens live."""

from datetime import UTC, datetime, timedelta

import pytest

from services.planning.people.token_lifetimes import LONGEST_LIFETIME, lifetime_fault

NOW = datetime(2026, 12, 1, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("expires_at", [NOW + A_SECOND, NOW + LONGEST_LIFETIME])
def test_a_token_may_live_for_a_year(expires_at: datetime):
    assert lifetime_fault(expires_at, now=NOW, by_administrator=False) is None


@pytest.mark.parametrize("expires_at", [None, NOW + LONGEST_LIFETIME + A_SECOND])
def test_only_an_administrator_issues_one_that_lives_longer(expires_at: datetime | None):
    fault = lifetime_fault(expires_at, now=NOW, by_administrator=False)
    assert fault is not None
    assert "365 days" in fault
    assert lifetime_fault(expires_at, now=NOW, by_administrator=True) is None


@pytest.mark.parametrize("by_administrator", [True, False])
def test_nobody_issues_one_that_has_expired(by_administrator: bool):
    assert lifetime_fault(NOW, now=NOW, by_administrator=by_administrator) == "The time of expiry is in the past."
