"""A stand-in for Flagger on practice clusters: its definition, and a controller that behaves as its own.

Where a cluster serves Canaries and has the ConfigMap `flagger` in the namespace `flagger-system`, `canaries.reconcile`
analyses what changes in the Deployment that a Canary refers to. It names the place in fluxcd/flagger (release 1.42)
whose behaviour it repeats, for the provider `kubernetes`: a blue/green analysis by iterations, without a mesh.

That ConfigMap stands in for what webhooks answer: a gate is open where its key, `NAMESPACE.CANARY.TYPE`, is `open`. Not
repeated: Services, autoscalers, metrics, copies of ConfigMaps and Secrets (`-primary`), DaemonSets,
`skipAnalysis`, and the shortest interval of ten seconds.
"""
