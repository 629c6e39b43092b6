"""Pure functions that decide what an operation does and what a screen shows; no I/O, no clock, no database rows."""
