"""Versions of a kind are compared as an API server does."""

import pytest

from services.planning.objects.api_versions import newest


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["v1"], "v1"),
        (["v1beta1", "v1", "v2alpha1"], "v1"),
        (["v2", "v10", "v9beta3"], "v10"),
        (["v1alpha9", "v1beta1"], "v1beta1"),
        (["v1beta2", "v1beta10"], "v1beta10"),
        (["foo", "v1alpha1"], "v1alpha1"),
        (["foo", "bar"], "bar"),
    ],
)
def test_the_newest_is_stable_before_beta_before_alpha_and_has_the_highest_number(versions, expected):
    assert newest(versions) == newest(reversed(versions)) == expected
