"""What the description allows, and how the API refuses what it does not."""
