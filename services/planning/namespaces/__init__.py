"""What a namespace holds: which objects can be adopted or imported, and which others go with them."""
