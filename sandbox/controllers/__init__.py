"""The controllers of a practice cluster, one module each, run by `sandbox.rollout`.

A controller is a function of the world and one object: it reads the objects and the time, writes the next state, and
returns when to reconcile again. It keeps no state in memory that the stored objects do not have, so a restarted cluster
continues where it was.
"""
