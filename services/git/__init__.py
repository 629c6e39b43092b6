"""The only door to Git repositories: their files are read and changed, over HTTP to vetted addresses."""
