"""
The warm process with one environment loaded, which only forks.

Executed (never forked) by the host, in the statement environment's own interpreter; standard
library only. It never sees a payload: those go to the child, on descriptors of its own.
"""
