"""How notifications read, and when one is tried again."""
