"""Copies images from one registry to another, byte by byte, so that their digests stay.

Writes only what the target lacks, deletes nothing, and keeps no bytes on disk.
"""
