"""
The untrusted side: what runs beside the statement, in the same process.

Standard library only. Nothing here is a boundary: a statement can reach and replace all of it, and
thereby forge its own result and nothing else. What the host believes, it checks itself.
"""
