"""What tools and controllers write onto objects, and what a copy does with it."""
