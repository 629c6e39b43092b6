"""What `pods/log` answers. Pure: practice clusters run no processes, so a log is made of what a pod's status says.

A container prints what it runs and its arguments, a line each, as `echo` would, and how it ended. The refusals are
those of an API server and a kubelet (pkg/registry/core/pod/strategy.go, LogLocation; pkg/kubelet/kubelet_pods.go,
validateContainerLogStatus).
"""

from collections.abc import Mapping

from sandbox.errors import Cause, StatusError, bad_request
from sandbox.store import Object

_NUMBERS = ("tailLines", "limitBytes", "sinceSeconds")


def read_log(pod: Object, query: Mapping[str, str]) -> bytes:
    """The log of one container. Raises `StatusError`: 400, or 422 for an option that is out of its bounds."""
    options = {name: _number(name, query[name]) for name in _NUMBERS if query.get(name)}
    container = _container(pod, query.get("container", ""))
    status = _status(pod, container["name"])
    lines = _lines(pod, container, status, previous=query.get("previous") == "true")
    if (tail := options.get("tailLines")) is not None:
        lines = lines[-tail:] if tail else []
    text = "".join(f"{line}\n" for line in lines).encode()
    return text[: options["limitBytes"]] if "limitBytes" in options else text


def _number(name: str, text: str) -> int:
    """Whether zero is allowed depends on the option (pkg/apis/core/validation, ValidatePodLogOptions)."""
    least = 0 if name == "tailLines" else 1
    number = int(text) if text.removeprefix("-").isdecimal() else least - 1
    if number < least:
        bound = "greater than or equal to 0" if least == 0 else "greater than 0"
        message = f"Invalid value: {text}: must be {bound}"
        raise StatusError(
            422,
            "Invalid",
            f'PodLogOptions "" is invalid: {name}: {message}',
            causes=[Cause(reason="FieldValueInvalid", message=message, field=name)],
        )
    return number


def _container(pod: Object, asked: str) -> Object:
    name = pod["metadata"]["name"]
    own: list[Object] = pod["spec"]["containers"]
    first: list[Object] = pod["spec"].get("initContainers") or []
    if asked:
        found = next((each for each in (*own, *first) if each["name"] == asked), None)
        if found is None:
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return found
    if len(own) + len(first) == 1:
        return own[0]
    choice = f"choose one of: [{' '.join(each['name'] for each in own)}]"
    if first:
        choice += f" or one of the init containers: [{' '.join(each['name'] for each in first)}]"
    raise bad_request(f"a container name must be specified for pod {name}, {choice}")


def _status(pod: Object, container: str) -> Object:
    status = pod.get("status") or {}
    listed = (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ()))
    found: Object = next((each for each in listed if each["name"] == container), {})
    return found


def _lines(pod: Object, container: Object, status: Object, *, previous: bool) -> list[str]:
    name, of_pod = container["name"], pod["metadata"]["name"]
    state = status.get("state") or {}
    ended = state.get("terminated") or (status.get("lastState") or {}).get("terminated")
    if previous:
        ended = (status.get("lastState") or {}).get("terminated")
        if ended is None:
            raise bad_request(f'previous terminated container "{name}" in pod "{of_pod}" not found')
    elif "running" in state:
        ended = None
    elif ended is None:
        waits = (state.get("waiting") or {}).get("reason") or "ContainerCreating"
        raise bad_request(f'container "{name}" in pod "{of_pod}" is waiting to start: {waits}')
    said = [f"running {container['image']}", *map(str, container.get("args") or ())]
    if ended is not None:
        said.append("done" if ended["exitCode"] == 0 else f"fatal: it ends with exit code {ended['exitCode']}")
    return [line for text in said for line in text.split("\n")]
