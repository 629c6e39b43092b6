"""The objects that a copy refuses, or copies only with a person's consent: all rules, in their order.

Data; `refusals` applies it, and the first rule that matches decides. A request lifts a rule with a `consent` by naming
it in `overrides.allow`; no request lifts the other rules. docs/what-tools-write.md is written from the rules.
"""

from services.planning.copying.refusal_rule import RefusalRule
from services.planning.copying.refused_of_clusters import (
    RULES_ON_CLUSTER_OBJECTS,
    RULES_ON_REGISTRY_LOGINS,
    RULES_ON_RUNTIME_DATA,
    RULES_ON_SIZE,
)
from services.planning.copying.refused_of_controllers import RULES_ON_OBJECTS_OF_CONTROLLERS
from services.planning.copying.refused_of_tools import RULES_ON_RECORDS_OF_TOOLS, RULES_ON_SECRETS_OF_TOOLS
from services.planning.copying.refused_runs import RULES_ON_RUNS

REFUSAL_RULES: tuple[RefusalRule, ...] = (
    *RULES_ON_RUNTIME_DATA,
    *RULES_ON_RECORDS_OF_TOOLS,
    *RULES_ON_SECRETS_OF_TOOLS,
    *RULES_ON_OBJECTS_OF_CONTROLLERS,
    *RULES_ON_REGISTRY_LOGINS,
    *RULES_ON_CLUSTER_OBJECTS,
    *RULES_ON_RUNS,
    *RULES_ON_SIZE,
)
