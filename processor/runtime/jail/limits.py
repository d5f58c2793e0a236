"""What the kernel itself keeps a child to."""

import resource
from dataclasses import dataclass

_NAMES = {
    resource.RLIMIT_AS: "address space",
    resource.RLIMIT_CPU: "processor seconds",
    resource.RLIMIT_NOFILE: "open files",
    resource.RLIMIT_FSIZE: "bytes a file",
    resource.RLIMIT_CORE: "bytes of core dump",
    resource.RLIMIT_NPROC: "threads",
}


@dataclass(frozen=True, slots=True)
class Limited:
    """One resource limit, hard and soft alike."""

    resource: int
    most: int

    def describe(self) -> str:
        """See Restriction."""
        return f"at most {self.most} {_NAMES[self.resource]}"

    def apply(self) -> None:
        """See Restriction."""
        self.apply_to(0)

    def apply_to(self, process: int) -> None:
        """Put it up around another process; raises OSError where that is not ours to limit."""
        _, hard = resource.prlimit(process, self.resource)
        most = self.most if hard == resource.RLIM_INFINITY else min(self.most, hard)
        resource.prlimit(process, self.resource, (most, most))
