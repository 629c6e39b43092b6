"""Promotion sets: the plan of several applications together, and what a failure of one means for the others. Pure."""
