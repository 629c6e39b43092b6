"""Assess one state after another, handing the observations on."""

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.values import Children, HealthPolicy, HealthState, Observations
from tests.support.rollouts import (
    START,
    at,
)

POLICY = HealthPolicy()
PENDING, PROGRESSING, READY = HealthState.PENDING, HealthState.PROGRESSING, HealthState.READY
FAILED, SUSPENDED, WAITING = HealthState.FAILED, HealthState.SUSPENDED, HealthState.WAITING
TWO = {"replicas": 2}


def follow(*moments: tuple[float, Manifest, Children], policy: HealthPolicy = POLICY, generation: int = 1):
    """Assess one moment after the other, handing the observations on; returns the last assessment."""
    observations: Observations = {}
    for seconds, manifest, below in moments:
        health = assess(
            manifest,
            now=at(seconds),
            policy=policy,
            children=below,
            generation=generation,
            started=START,
            observations=observations,
        )
        observations = health.observations
    return health
