"""The only door to image registries: reading and authenticating their reports, and resolving tags by their API.

Imports neither the database nor Kubernetes nor the use cases.
"""
