"""What a person submits to configure an application: short forms and manifests, and whether they are well formed."""
