"""Everything on this machine: practice clusters, the service with its own PostgreSQL, and an example application.

`make run` runs `python -m api.local`. It keeps everything in the data folder (`STAGECOACH_DATA`, `.stagecoach` where
it is not set); a second start continues with it.
"""
