"""Amazon ECR, reported by an EventBridge rule to an SNS topic, which a receiver's address is subscribed to."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Confirmation, Parsed, Request
from services.registry.formats import ignored
from services.registry.formats.ecr import read_event
from services.registry.formats.format import Format, written
from services.registry.formats.reading import identity, read_json
from services.registry.formats.sns_signature import (
    NOTIFICATION,
    SUBSCRIPTION,
    UNSUBSCRIPTION,
    SnsSignature,
    is_subscribe_url,
)
from services.registry.proof import ProofDescription, ProofKind


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events of the EventBridge event that the SNS message contains as JSON text. SNS repeats the message id."""
    body = read_json(request.body)
    delivery_id = identity(body.at("MessageId").text_or_none())
    kind = body.at("Type")
    if kind.text() == SUBSCRIPTION:
        url = body.at("SubscribeURL")
        if not is_subscribe_url(url.text()):
            raise url.wrong("an address of Amazon SNS that confirms a subscription")
        return Parsed(delivery_id=delivery_id, events=(ignored.CONFIRMING,), confirmation=Confirmation(url=url.text()))
    if kind.text() == UNSUBSCRIPTION:
        return Parsed(delivery_id=delivery_id, events=(ignored.UNSUBSCRIBED,))
    if kind.text() != NOTIFICATION:
        raise kind.wrong(f"{NOTIFICATION}, {SUBSCRIPTION} or {UNSUBSCRIPTION}")
    message = body.at("Message")
    event = read_json(message.text().encode("utf-8", "surrogatepass"), path=message.path)
    return Parsed(delivery_id=delivery_id, events=read_event(event, settings).events)


FORMAT = Format(
    provider=Provider.ECR_SNS,
    title="Amazon ECR (SNS)",
    proof=ProofDescription(
        kind=ProofKind.SNS_SIGNATURE,
        sentence="Amazon SNS signs each message with its own key; only topics that the receiver names are accepted.",
        lacks="Everyone who may publish to the topic can report pushes: let its policy allow EventBridge only.",
        needs_secret=False,
    ),
    setup=written(
        """
        Make a topic:
            aws sns create-topic --name stagecoach
        Set the receiver's topics to the ARN that this prints.

        Pick the pushes out of all events:
            aws events put-rule --name stagecoach --event-pattern \\
              '{"source": ["aws.ecr"], "detail-type": ["ECR Image Action", "ECR Replication Action"],
                "detail": {"action-type": ["PUSH", "REPLICATE"], "result": ["SUCCESS"]}}'
        For images that come through a pull-through cache, add a rule for "ECR Pull Through Cache Action".

        Send them to the topic:
            aws events put-targets --rule stagecoach --targets Id=stagecoach,Arn=TOPIC_ARN
        The topic's policy must allow events.amazonaws.com to publish. Give the target no input transformer.

        Subscribe the receiver's address:
            aws sns subscribe --topic-arn TOPIC_ARN --protocol https --notification-endpoint '{address}'
        Leave raw message delivery off, which has no signature. Stagecoach confirms the subscription by itself.
        """
    ),
    prover=SnsSignature(),
    reader=parse,
    settings=("registry", "topics"),
    needs=(("topics",),),
)
