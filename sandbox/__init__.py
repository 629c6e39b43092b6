"""Practice clusters: a small Kubernetes API server, for trying things out and for tests.

It speaks enough of the Kubernetes API over real HTTP that kubectl and client libraries work against it, holds
all objects in memory (and on disk, where configured), and misbehaves on request. It imports nothing of Stagecoach.
"""
