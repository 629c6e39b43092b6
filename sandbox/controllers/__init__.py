"""What happens on a practice cluster by itself: one module for each controller, run by `sandbox.rollout`.

A controller is a plain function of the world and one object: it reads what is there and what time it is, writes
what follows, and says when to look again. It keeps nothing in memory that stored objects could not tell, so a
cluster that is started again goes on where it was.
"""
