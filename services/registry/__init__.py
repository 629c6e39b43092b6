"""The only door to image registries: what they report, how a report is proved, and what they say when asked.

Imports neither the database (its words alone) nor Kubernetes nor the use cases.
"""
