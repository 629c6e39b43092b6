"""Pre-flight: what would go wrong on a target cluster, said before anything changes. Each part has a module."""
