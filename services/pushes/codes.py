"""Codes of image pushes: stable, for programs."""

NO_NEWS = "no-news"
PUSHED_AGAIN = "pushed-again"
AS_REPORTED = "as-reported"  # its registry was not asked: settings say that its reports are believed
