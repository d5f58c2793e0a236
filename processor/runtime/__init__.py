"""Something that executes one statement once, isolated. The contract is in `contract`."""
