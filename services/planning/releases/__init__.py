"""What releases hold of the configuration, and how one goes back to it. Pure."""
