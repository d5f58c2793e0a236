"""Run a Python statement as a step of an integration. Read `pipeline` first."""
