"""What is baked into the runner: its entry, a library in memory, an event loop for time only."""
