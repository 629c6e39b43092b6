"""Logs of containers on practice clusters, answered and refused as API servers and kubelets do."""

import pytest

from sandbox.errors import StatusError
from sandbox.logs import read_log

_ENDED = {"terminated": {"exitCode": 1}}


def pod(*containers: str, init: tuple[str, ...] = (), args: tuple[str, ...] = (), **states):
    def listed(names):
        return [{"name": name, "image": f"shop/{name}:1", "args": list(args)} for name in names]

    statuses = [{"name": name, "state": state} for name, state in states.items()]
    return {
        "metadata": {"name": "once-x"},
        "spec": {"containers": listed(containers), **({"initContainers": listed(init)} if init else {})},
        "status": {"containerStatuses": statuses},
    }


def refusal(*args):
    with pytest.raises(StatusError) as refused:
        read_log(*args)
    return refused.value.code, refused.value.message


def test_a_container_prints_its_arguments_and_how_it_ended():
    assert read_log(pod("job", args=("one\ntwo",), job=_ENDED), {}) == (
        b"running shop/job:1\none\ntwo\nfatal: it ends with exit code 1\n"
    )
    assert read_log(pod("job", job={"running": {}}), {}) == b"running shop/job:1\n"


def test_lines_are_counted_from_the_end_and_bytes_from_the_first_of_these():
    ended = pod("job", args=("one", "two"), job={"terminated": {"exitCode": 0}})
    assert read_log(ended, {"tailLines": "2"}) == b"two\ndone\n"
    assert read_log(ended, {"tailLines": "2", "limitBytes": "3"}) == b"two"
    assert read_log(ended, {"tailLines": "0"}) == b""


def test_one_of_several_containers_has_to_be_named():
    several = pod("web", "proxy", init=("wait",))
    code, message = refusal(several, {})
    assert code == 400
    assert message.endswith("once-x, choose one of: [web proxy] or one of the init containers: [wait]")
    assert refusal(several, {"container": "x"}) == (400, "container x is not valid for pod once-x")


def test_a_container_that_has_not_started_has_no_log():
    waiting = pod("job", job={"waiting": {"reason": "ImagePullBackOff"}})
    assert refusal(waiting, {}) == (400, 'container "job" in pod "once-x" is waiting to start: ImagePullBackOff')
    assert refusal(pod("job", job=_ENDED), {"previous": "true"})[0] == 400


def test_options_out_of_bounds_are_refused():
    code, message = refusal(pod("job", job=_ENDED), {"limitBytes": "0"})
    assert code == 422
    assert message == 'PodLogOptions "" is invalid: limitBytes: Invalid value: 0: must be greater than 0'
