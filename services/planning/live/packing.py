"""Packs the JSON text of a record: with a dictionary of what nearly all of them say, for a text alone is too short.

Pure. The dictionary is part of the form: what is packed stays within one process, and what is stored is not packed.
What is packed begins with a byte with which no JSON object does, so one look tells them apart.
https://docs.python.org/3/library/zlib.html#zlib.compressobj
"""

import zlib

_LEVEL, _WINDOW, _MEMORY = 1, -12, 4  # 4 KiB of window, more than a record has; a smaller state is quicker to set up

# What stands at the end is found with the shortest references.
_DICTIONARY = (
    b'"deletionGracePeriodSeconds":30,"deletionTimestamp":"2026-","finalizers":["phase":"Pending"'
    b'"kind":"StatefulSet","name":"kind":"DaemonSet","name":"kind":"Job","name":"'
    b'"currentNumberScheduled":1,"desiredNumberScheduled":1,"numberAvailable":1,"numberReady":1,"observedGeneration":1,'
    b'"updatedNumberScheduled":1"currentRevision":"","updateRevision":""podManagementPolicy":"OrderedReady",'
    b'"updateStrategy":{"rollingUpdate":{"partition":0},"type":"RollingUpdate"}'
    b'"waiting":{"message":"Back-off pulling image \\"","reason":"ImagePullBackOff"}"reason":"ContainerCreating"}'
    b'"waiting":{"message":"back-off 5m0s restarting failed container="reason":"CrashLoopBackOff"}'
    b'"lastState":{"terminated":{"exitCode":1,"finishedAt":"2026-","reason":"Error","startedAt":"2026-"}}'
    b'"reason":"Completed""reason":"OOMKilled""initContainerStatuses":[{"imageID":""initContainers":[{"image":"'
    b'"restartPolicy":"Always""startupProbe":{}"message":"0/ nodes are available: ","reason":"Unschedulable",'
    b'"status":"False","type":"PodScheduled"}"reason":"ContainersNotReady","status":"False","type":"Ready"}'
    b'{"metadata":{"annotations":{"deployment.kubernetes.io/revision":"1","meta.helm.sh/release-name":"",'
    b'"meta.helm.sh/release-namespace":"","argocd.argoproj.io/tracking-id":":apps/Deployment:"},'
    b'"creationTimestamp":"2026-","generation":1,"labels":{"app.kubernetes.io/instance":"",'
    b'"app.kubernetes.io/managed-by":"Helm","helm.sh/chart":""},"managedFields":[{"fieldsV1":{"f:spec":{"f:template":'
    b'{"f:spec":{"f:containers":{"k:{\\"name\\":\\""}":{"f:image":{}}}}}}},"manager":"kubectl-client-side-apply",'
    b'"manager":"argocd-controller","manager":"helm","operation":"Apply","operation":"Update","time":"2026-"}],"uid":"'
    b'"spec":{"progressDeadlineSeconds":600,"replicas":1,"strategy":{"rollingUpdate":{"maxUnavailable":"25%"},'
    b'"type":"RollingUpdate"},"template":{"spec":{"containers":[{"image":"","name":""}],'
    b'"terminationGracePeriodSeconds":30}}},"status":{"availableReplicas":1,"conditions":[{"lastTransitionTime":"2026-'
    b'","reason":"MinimumReplicasAvailable","status":"True","type":"Available"},{"lastUpdateTime":"2026-'
    b'","reason":"NewReplicaSetAvailable","status":"True","type":"Progressing"}],"observedGeneration":1,'
    b'"readyReplicas":1,"replicas":1,"updatedReplicas":1}}'
    b'{"metadata":{"creationTimestamp":"2026-","labels":{"controller-revision-hash":"","pod-template-hash":""},'
    b'"ownerReferences":[{"controller":true,"kind":"ReplicaSet","name":"","uid":""}],"uid":""},'
    b'"spec":{"containers":[{"image":"registry.","name":"","readinessProbe":{}},{"image":"docker.io/library/","name":"'
    b'","nodeName":"ip-10-.compute.internal"},"status":{"conditions":[{"status":"True","type":"Ready"}],'
    b'"containerStatuses":[{"imageID":"docker.io/library/@sha256:","lastState":{},"name":"","ready":true,'
    b'"restartCount":0,"started":true,"state":{"running":{"startedAt":"2026-"}}}],"phase":"Running","podIP":"yes"}}'
)

_MARK = b"\0"
_PRIMED = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)


def packed(text: bytes) -> bytes:
    packing = _PRIMED.copy()  # the dictionary is read once
    return _MARK + packing.compress(text) + packing.flush()


def is_packed(kept: bytes) -> bool:
    return kept.startswith(_MARK)


def unpacked(kept: bytes) -> bytes:
    """The text, of which `packed` made it; or the text itself, where it is not packed."""
    if not kept.startswith(_MARK):
        return kept
    unpacking = zlib.decompressobj(_WINDOW, _DICTIONARY)
    return unpacking.decompress(memoryview(kept)[1:]) + unpacking.flush()
