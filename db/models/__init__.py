"""All tables, a file per noun; importing this package makes the metadata complete."""

from db.models.application import AppEnvironment, AppEnvironmentResource, Application
from db.models.cluster import Cluster
from db.models.environment import Environment, EnvironmentCluster
from db.models.house_key import HouseKey
from db.models.operation import Operation, OperationCluster, OperationEvent, OperationSecrets
from db.models.release import Release
from db.models.sign_in import SignIn
from db.models.token import Token

__all__ = [
    "AppEnvironment",
    "AppEnvironmentResource",
    "Application",
    "Cluster",
    "Environment",
    "EnvironmentCluster",
    "HouseKey",
    "Operation",
    "OperationCluster",
    "OperationEvent",
    "OperationSecrets",
    "Release",
    "SignIn",
    "Token",
]
