import itertools

import pytest

from domain.resources import Kind
from services.planning.copying.write_order import wave_of

_RBAC = "rbac.authorization.k8s.io/v1"
_ORDER = [
    [("v1", "Namespace")],
    [("v1", "ServiceAccount")],
    [(_RBAC, "Role")],
    [(_RBAC, "RoleBinding")],
    [("v1", "Secret"), ("v1", "ConfigMap"), ("networking.k8s.io/v1", "NetworkPolicy")],
    [("v1", "PersistentVolumeClaim")],
    [("v1", "Service")],
    [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "CronJob")],
    [("autoscaling/v2", "HorizontalPodAutoscaler"), ("policy/v1", "PodDisruptionBudget")],
    [("networking.k8s.io/v1", "Ingress")],
    [("shop.example/v1", "Campaign")],
]


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(_ORDER)))
def test_what_others_need_is_written_before_them(before, after):
    assert max(wave_of(Kind.of(*kind)) for kind in before) < min(wave_of(Kind.of(*kind)) for kind in after)


def test_a_custom_kind_with_a_built_in_name_comes_last_all_the_same():
    assert wave_of(Kind.of("serving.example/v1", "Service")) == wave_of(Kind.of("shop.example/v1", "Campaign"))
