"""How a file in Git names the image of a container, and what its lines become."""
