"""Codes of image pushes that are void: stable, for programs."""

NO_NEWS = "no-news"
PUSHED_AGAIN = "pushed-again"
