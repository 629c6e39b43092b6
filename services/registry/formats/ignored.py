"""Events that are understood and not for us, each with its code and its reason."""

from services.registry.deliveries import IgnoredEvent

CHART_MEDIA_TYPES = (  # a tuple: what is looked for in it comes from outside, and may be a list
    "application/vnd.cncf.helm.config.v1+json",
    "application/vnd.acr.helm.chart",
)

PULL = IgnoredEvent(code="pull", reason="Something was pulled, which changes nothing.")
DELETE = IgnoredEvent(code="delete", reason="Something was deleted. What runs keeps running.")
UNTAGGED = IgnoredEvent(code="untagged", reason="It was pushed without a tag, as the parts of an image are.")
BY_DIGEST = IgnoredEvent(
    code="platform-child", reason="It was pushed by digest, as an image's platforms are: the tag comes on its own."
)
ARTEFACT_TAG = IgnoredEvent(
    code="artefact-tag", reason="The tag names a signature, an attestation or an SBOM of an image, not an image."
)
CHART = IgnoredEvent(code="chart", reason="It is a Helm chart, which no container can run.")
BLOB = IgnoredEvent(code="blob", reason="A layer or another part of an image was stored, not an image.")
OTHER_ARTEFACT = IgnoredEvent(code="other-artefact", reason="What was pushed is no container image.")
PING = IgnoredEvent(code="ping", reason="The sender tried whether the receiver can be reached. It can.")
TEST = IgnoredEvent(code="test", reason="It is the sender's test message, which names no real push.")
NOT_A_PUSH = IgnoredEvent(code="not-a-push", reason="It reports something else than a push.")
UNSUBSCRIBED = IgnoredEvent(
    code="unsubscribed", reason="The topic no longer reports here. Subscribe the receiver's address anew."
)
CONFIRMING = IgnoredEvent(code="confirmation", reason="The topic wants the subscription confirmed before it reports.")
NOTHING = IgnoredEvent(code="empty", reason="It reports nothing.")
