"""The only door to Helm: finds the program, runs it on a cluster, and keeps what it says from telling secrets."""
