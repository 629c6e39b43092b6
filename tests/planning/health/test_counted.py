"""Counts of pods in words."""

from services.planning.health.counted import all_pods


def test_one_pod_is_not_all_of_them():
    assert all_pods(1, "ready") == "The pod is ready."


def test_several_are_counted():
    assert all_pods(3, "available") == "All 3 pods are available."


def test_none_is_on_purpose():
    assert all_pods(0, "ready") == "Scaled to 0: no pod runs."
