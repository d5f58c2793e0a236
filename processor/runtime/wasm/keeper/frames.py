"""What host and keeper say to each other, beside what a guest says: see runtime/guest/wire.py."""

from typing import Final

JOB: Final = b"j"
"""Host to keeper: what to run and within which limits (JSON); its inputs follow."""
PRIME: Final = b"p"
"""Host to keeper: nobody waits, so make the next instance ahead. Nothing is said to it."""
ASKED: Final = b"q"
"""Keeper to host: what an instance asks the service for (JSON); the run waits."""
ANSWER: Final = b"a"
"""Host to keeper: the service's answer (JSON)."""
END: Final = b"z"
"""Keeper to host: how the instance ended (JSON). The keeper is free after it."""
