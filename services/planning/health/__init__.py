"""Whether an object is healthy and whether a rollout has finished, from its status, its pods and the time."""
