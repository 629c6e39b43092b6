"""What a HelmRelease or a Kustomization of Flux has to say for a new image, and how it gets there. Pure."""
