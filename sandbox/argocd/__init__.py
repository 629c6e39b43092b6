"""A stand-in for Argo CD on practice clusters: its definitions, and controllers that behave as its controllers do.

`definitions.py` has the kinds. Where a cluster serves them and the namespace of an application has the ConfigMap
`argocd-cm`, `applications.reconcile` compares, syncs and reports: automated and requested syncs, self-heal, sync
windows, refreshes. `application_sets.reconcile` writes the applications of an ApplicationSet. Each names the place in
argoproj/argo-cd (release 3.2) whose behaviour it repeats.

What stands in for Git is a ConfigMap (`sandbox.git_folders`). Not repeated: hooks and waves, pruning, retries with a
back-off, destinations in other clusters, and templates of charts beyond `{{ .Values.path }}`.
"""
