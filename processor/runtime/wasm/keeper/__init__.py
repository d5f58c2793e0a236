"""
The process that keeps an engine loaded and runs one statement after the other in instances of it.

Standard library, wasmtime and the jail's walls only. WebAssembly is the first wall around a
statement and the process is the second: what breaks out of an instance is behind the kernel's.
"""
