"""What the engine hands to a worker."""

from typing import cast

from db.records.operations import OperationRecord
from domain.secret_text import SecretText
from services.execution.worker import ClusterTask
from tests.support.records import app_environment_record, cluster_record
from tests.support.specs import image_spec


def task(**changes) -> ClusterTask:
    values = {
        "operation": cast("OperationRecord", None),
        "spec": image_spec(),
        "target": app_environment_record(namespace="renamed-since"),
        "source": None,
        "cluster": cluster_record(),
        "undo": None,
        "secrets": None,
    }
    return ClusterTask(**{**values, **changes})


def test_a_worker_writes_to_the_namespace_that_was_planned_even_if_it_was_configured_anew():
    assert task().namespace == "shop"


def test_the_repr_names_no_secret_and_shows_no_value():
    shown = repr(task(secrets={"db-login": {"password": SecretText("hunter2")}}))
    assert "hunter2" not in shown
    assert "db-login" not in shown
