"""Reads what pre-flight judges by, while the rest of a plan is read. Each part has a module. Reads only."""
