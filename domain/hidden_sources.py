"""What stands for a place that whoever reads may not see, where a name has to stand."""

from typing import Final

HIDDEN_ENVIRONMENT: Final = "an environment that you may not see"
HIDDEN_CLUSTER: Final = "a cluster that you may not see"
HIDDEN_NAMESPACE: Final = "a namespace that you may not see"
