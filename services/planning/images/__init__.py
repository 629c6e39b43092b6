"""Which image each container gets: source, skew, changes for each cluster, the patch, and what a release records."""
