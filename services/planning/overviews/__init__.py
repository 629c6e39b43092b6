"""What the overview pages show: an application over its environments, and all applications by environment."""
