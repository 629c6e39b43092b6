"""The only door to Git repositories: their files are read, over HTTP to vetted addresses."""
