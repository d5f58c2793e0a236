"""Exit with 0 where a process of ours on this machine takes runs: the healthcheck of the image."""

import http.client
import sys

PATIENCE_SECONDS = 3


def main() -> int:
    """Ask `/readyz` on the port that is given, or the service's usual one."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
    except OSError as error:
        print(f"port {port}: {error}", file=sys.stderr)
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
