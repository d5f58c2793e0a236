"""`python -m processor` is the command line."""

from processor.cli import main

main()
