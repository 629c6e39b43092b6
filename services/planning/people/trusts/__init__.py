"""Which CI jobs are trusted: what a trust of each kind has to name, and whether a token fits. One module a provider."""
