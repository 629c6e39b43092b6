"""Rings: which clusters each has, whether a strategy weakens another one, and what a failure means. Pure."""
