"""A stand-in for OpenKruise on practice clusters: the definition of CloneSets, and a controller for them.

Where a cluster serves CloneSets and has the ConfigMap `kruise-configuration` in the namespace `kruise-system`,
`clone_sets.reconcile` makes and replaces their pods. It names the place in openkruise/kruise (release 1.8) whose
behaviour it repeats. Not repeated: updates in place, surge, claims, pods that are named for deletion, life cycle hooks,
priorities, and the feature gate `CloneSetPartitionRollback`, which is off by default.
"""
