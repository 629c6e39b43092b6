"""When an environment that follows another one takes over what runs there. Pure."""
