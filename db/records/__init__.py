"""What the repositories return: frozen values that stay readable after their transaction.

Times are in UTC. A `dict` in a record is plain JSON; treat it as read-only.
"""
