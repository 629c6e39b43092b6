"""What is kept of the objects that are watched: the fields that judgements and screens read, and no others."""
