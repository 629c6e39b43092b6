"""Practice clusters: a small Kubernetes API server, for trying things out and for tests.

It speaks enough of the Kubernetes API over real HTTP that kubectl and client libraries work against it, holds
everything in memory (and on disk, if told to), and misbehaves on request. It knows nothing of Stagecoach.
"""
