"""Bringing a cluster level with the others of its environment: what it lacks, application by application. Pure."""
