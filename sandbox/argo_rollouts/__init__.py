"""A stand-in for Argo Rollouts on practice clusters: its definition, and a controller that behaves as its own.

Where a cluster serves Rollouts and has the ConfigMap `argo-rollouts-config` in the namespace `argo-rollouts`,
`canary.reconcile` carries out canaries: weights by numbers of pods, pauses with and without an end, aborts, the way
back to the stable template, the deadline of progress, and templates of a Deployment (`workloadRef`). It names the place
in argoproj/argo-rollouts (release 1.8) whose behaviour it repeats. Not repeated: traffic routing, blue-green, analysis.
"""
