"""The stored forms: the documents that rows hold, as frozen types, each with one spelling in JSON.

Each document carries the `version` of its form, or is of version 1. A form that changes keeps reading every former
version: an operation that an earlier release queued is executed, retried and shown by this one. Within a version the
names of members stay as they were first written, even where the code has a better word by now ("wanted", "release"),
because a process of the former release may execute what this one has queued.
"""
