"""Asks owners of workloads what they have to change to bring a new image. A module a delivery. Reads only."""
