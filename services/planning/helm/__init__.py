"""Helm releases that are upgraded for a new image: records, charts, values, and which value brings an image."""
