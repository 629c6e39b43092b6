"""The events that are ignored, each with its code and its reason."""

from services.registry.deliveries import IgnoredEvent

CHART_MEDIA_TYPES = (  # a tuple: the tested value comes from outside, and may be an unhashable list
    "application/vnd.cncf.helm.config.v1+json",
    "application/vnd.acr.helm.chart",
)

PULL = IgnoredEvent(code="pull", reason="The event is a pull, which changes nothing.")
DELETE = IgnoredEvent(code="delete", reason="The event is a deletion. What runs keeps running.")
UNTAGGED = IgnoredEvent(code="untagged", reason="The push has no tag, as those of the parts of an image.")
BY_DIGEST = IgnoredEvent(
    code="platform-child",
    reason="The push is by digest, as those of an image's platforms: the tag is reported separately.",
)
INCOMPLETE = IgnoredEvent(
    code="incomplete",
    reason="The report does not say which tag was pushed. Poll the repository where no push may be missed.",
)
ARTEFACT_TAG = IgnoredEvent(
    code="artefact-tag", reason="The tag names a signature, an attestation or an SBOM of an image, not an image."
)
CHART = IgnoredEvent(code="chart", reason="It is a Helm chart, not a container image.")
BLOB = IgnoredEvent(code="blob", reason="The event is about a layer or another part of an image.")
OTHER_ARTEFACT = IgnoredEvent(code="other-artefact", reason="The pushed artefact is not a container image.")
PING = IgnoredEvent(code="ping", reason="The sender tested whether it reaches the receiver. It does.")
TEST = IgnoredEvent(code="test", reason="It is the sender's test message, which names no real push.")
NOT_A_PUSH = IgnoredEvent(code="not-a-push", reason="The event is not a push.")
UNSUBSCRIBED = IgnoredEvent(
    code="unsubscribed", reason="The topic no longer reports here. Subscribe the receiver's address anew."
)
CONFIRMING = IgnoredEvent(
    code="confirmation", reason="The topic requires the subscription to be confirmed before it reports."
)
NOTHING = IgnoredEvent(code="empty", reason="The delivery reports nothing.")
