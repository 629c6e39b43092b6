"""Why an object is not copied, by `refusal_rules`. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.refusal_rule import RefusalRule, Shape
from services.planning.copying.refusal_rules import REFUSAL_RULES
from services.planning.objects.owners import controller_of


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why an object is not copied: the rule's id, the reason in a sentence, and the consent that would lift it."""

    rule: str
    reason: str
    consent: Consent | None = None


@lru_cache(maxsize=4096)  # the objects of an application have few shapes
def _rules_about(shape: Shape) -> tuple[RefusalRule, ...]:
    return tuple(rule for rule in REFUSAL_RULES if rule.concerns(shape))


def refusal_of(manifest: Manifest, *, consents: frozenset[str] = frozenset()) -> Refusal | None:
    """Why this object is not copied; None where it may be copied with the given `consents`."""
    for rule in _rules_about(Shape.of(manifest)):
        if (rule.consent is None or rule.consent not in consents) and rule.holds(manifest):
            reason = rule.reason
            controller = controller_of(manifest)
            if rule.id == "owned" and controller is not None:
                reason = f"{controller.get('kind')} {controller.get('name')} creates it: copy that instead."
            if rule.measure is not None:
                reason = f"{reason} This one has {rule.measure(manifest):,}."
            return Refusal(rule=rule.id, reason=reason, consent=rule.consent)
    return None
