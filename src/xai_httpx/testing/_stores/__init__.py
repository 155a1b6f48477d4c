"""What the simulated API stores."""
