"""Which pushed tags an app environment takes, which image push is deployed next, and why one is not deployed."""
