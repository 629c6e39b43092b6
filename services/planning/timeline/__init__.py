"""What is told of the course of things in an app environment, and how it reads. Pure."""
