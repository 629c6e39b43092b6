"""What is dangerous in an object, by name, and which namespaces belong to a cluster."""
