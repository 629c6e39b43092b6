"""Applications of Argo CD that bring a new image: their sources, the overrides in them, the patch, and its progress."""
