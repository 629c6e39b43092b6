"""Why pushed images go nowhere, as their rows say it: stable, for programs."""

NO_NEWS = "no-news"
PUSHED_AGAIN = "pushed-again"
