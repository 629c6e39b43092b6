"""Which namespaces an application may use in an environment."""

from domain.namespaces import GivenNamespace
from services.planning.namespaces.given import given_to_anybody, is_pattern, namespace_given, pattern_matches


def _given(pattern, *applications, environment="prod"):
    return GivenNamespace(
        environment_id=environment, pattern=pattern, applications=frozenset(applications) if applications else None
    )


def test_nothing_is_given_by_itself():
    assert not namespace_given((), "prod", "shop", "shop")


def test_a_namespace_is_given_to_the_named_applications_in_its_environment_alone():
    given = (_given("shop", "shop", "cart"), _given("shared"))
    assert namespace_given(given, "prod", "shop", "shop")
    assert not namespace_given(given, "prod", "wiki", "shop")
    assert not namespace_given(given, "staging", "shop", "shop")
    assert namespace_given(given, "prod", "wiki", "shared")


def test_rights_of_two_rows_are_not_mixed():
    given = (_given("shop", "shop"), _given("wiki", "wiki"))
    assert not namespace_given(given, "prod", "shop", "wiki")


def test_patterns_match_at_their_ends():
    for pattern, matching, others in (
        ("shop", ("shop",), ("shop-1", "a-shop", "")),
        ("shop-*", ("shop-1", "shop-"), ("shop", "my-shop-1")),
        ("*-prod", ("shop-prod",), ("prod", "shop-prod-2")),
        ("*shop*", ("shop", "a-shop-1"), ("sho",)),
        ("*", ("anything",), ()),
    ):
        for name in matching:
            assert pattern_matches(pattern, name), (pattern, name)
        for name in others:
            assert not pattern_matches(pattern, name), (pattern, name)


def test_a_glob_never_means_a_namespace_of_the_cluster_which_its_name_does():
    for pattern in ("*", "kube-*", "*-system", "*kube*", "argo*"):
        for name in ("kube-system", "argocd", "stagecoach"):
            assert not pattern_matches(pattern, name), (pattern, name)
    assert pattern_matches("kube-system", "kube-system")


def test_what_is_no_pattern_is_refused():
    for text in ("shop", "shop-*", "*-prod", "*shop*", "*", "a", "0"):
        assert is_pattern(text), text
    for text in ("", "**", "***", "sh*op", "Shop", "-shop", "shop-", "shop.eu", "shop/*", "a" * 64, "**shop", "shop**"):
        assert not is_pattern(text), text


def test_a_listing_shows_what_is_given_to_somebody():
    assert given_to_anybody((_given("shop", "shop"),), "prod", "shop")
    assert not given_to_anybody((_given("shop", "shop"),), "prod", "wiki")
