"""Counts of this process in Prometheus' text format."""

from api.container import Container


def exposition(container: Container) -> str:
    return ""
