"""How each provider is asked about pull requests: the requests, and what its answers mean. No I/O."""
