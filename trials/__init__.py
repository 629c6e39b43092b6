"""What shows that Stagecoach works, and how fast: demo and bench. They know its public API and nothing inside it."""
