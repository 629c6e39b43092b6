"""What holds for Kubernetes objects whatever is done with them: identity, owners, references, merging, differences."""
