"""What survives a restart: alike on every database (`kept`), in a file, or on a server."""
