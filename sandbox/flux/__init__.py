"""A stand-in for Flux on practice clusters: its definitions, and controllers that behave as its controllers do.

Where a cluster serves `gitrepositories`, `kustomizations.reconcile` applies what a Kustomization takes from Git, and
`helm_releases.reconcile` upgrades the release of a HelmRelease, with a record as Helm keeps it. Each names the place in
fluxcd/kustomize-controller (release 1.7) and fluxcd/helm-controller (release 1.4) whose behaviour it repeats.

What stands in for Git is a ConfigMap (`sandbox.git_folders`) in the namespace of the GitRepository. Not repeated:
pruning, dependencies, decryption, post-builds, other clusters (`kubeConfig`), tests and uninstalls of releases, and
templates of charts beyond `{{ .Values.path }}`.
"""
