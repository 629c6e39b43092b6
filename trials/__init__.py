"""Demo and bench: show that Stagecoach works, and how fast. They use its public API alone."""
