"""The simulated API: its routes, what they read, and what they answer."""
