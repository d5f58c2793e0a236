"""What survives a restart. Each sub-package is one database."""
