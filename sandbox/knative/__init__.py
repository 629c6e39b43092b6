"""A stand-in for Knative Serving on practice clusters: its definitions, and controllers for them.

Where a cluster serves Knative Services and has the ConfigMap `config-deployment` in the namespace `knative-serving`, a
Service becomes a Configuration and a Route, each template of a Configuration a Revision, and each Revision a
Deployment. Each module names the place in knative/serving (release 1.19) whose behaviour it repeats. Not repeated: the
webhooks, tags that are resolved to digests, scaling by requests, gradual rollouts, garbage collection of Revisions,
certificates, and the Services of Kubernetes and ingresses behind a Route.
"""
