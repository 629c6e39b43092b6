"""The live picture of all clusters: watched by one process each, followed by the others, judged and shown by all."""
