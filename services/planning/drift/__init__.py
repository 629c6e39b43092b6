"""Where what runs differs from the last release, or between clusters, and since when. Pure."""
