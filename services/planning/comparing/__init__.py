"""Compare an application in two places: what differs, and which of it is meant."""
