"""What a copy writes to each target cluster: what is left out, rewritten, refused, created, updated or kept."""
