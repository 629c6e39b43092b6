"""Counts of pods in words. Pure."""

SCALED_TO_ZERO = "Scaled to 0: no pod runs."


def all_pods(desired: int, what: str) -> str:
    """`The pod is ready.`, `All 3 pods are ready.`; for none, that it is so on purpose."""
    if desired == 0:
        return SCALED_TO_ZERO
    return f"The pod is {what}." if desired == 1 else f"All {desired} pods are {what}."
