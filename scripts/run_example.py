"""Start the service, send it the example step over HTTP, and show what came back."""

import argparse
import json
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
EXAMPLE = CHECKOUT / "examples" / "incremental-sync"
CYCLES = 3


def main() -> int:
    """Run the example; keeps serving until interrupted, or ends with --once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the example")
    once = parser.parse_args().once
    command = [sys.executable, "-m", "processor", "serve"]
    with subprocess.Popen(
        [*command, *(["--port", "0"] if once else [])],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    ) as service:
        assert service.stdout is not None
        try:
            line = service.stdout.readline()
            if not line:
                return service.wait()
            address = line.removeprefix("listening on ").strip()
            show(address)
            if not once:
                print(f"\nthe playground is at {address}/playground; Ctrl-C ends the service")
                service.wait()
        except KeyboardInterrupt:
            print()
        finally:
            service.send_signal(signal.SIGTERM)
    return 0


def show(address: str) -> None:
    """Run the example's cycles from its first row on, and print what came of each."""
    step = json.loads((EXAMPLE / "step.json").read_text("utf-8"))
    step["statement"] = (EXAMPLE / "step.py").read_text("utf-8")
    inputs = json.loads((EXAMPLE / "input.json").read_text("utf-8"))
    checkpoint = f"{address}/v1/checkpoints/{urllib.parse.quote(step['id'], safe='')}"
    send("PUT", checkpoint, {"value": None})
    days = len(inputs["INPUT_DATA"])
    print(f"{address} runs examples/incremental-sync: {days} days of weather, 30 a cycle")
    body = {"step": step, "inputs": inputs}
    runs = [send("POST", f"{address}/v1/runs", body) for _ in range(CYCLES)]
    for number, run in enumerate(runs, start=1):
        show_cycle(number, run)
    isolation = runs[-1]["isolation"]
    print(f"\nisolation level {isolation['level']}: {isolation.get('warning', 'every wall is up')}")


def show_cycle(number: int, run: Any) -> None:
    """Print what one run gave."""
    if run["state"] != "succeeded":
        raise SystemExit(f"the example failed: {json.dumps(run['error'], indent=2)}")
    checkpoint = run["checkpoint"]
    print(f"\ncycle {number}: {run['row_count']} rows in {run['usage']['wall_ms']:.0f} ms")
    print(f"  first row   {json.dumps(run['rows'][0])}")
    print(f"  last row    {json.dumps(run['rows'][-1])}")
    print(f"  checkpoint  {checkpoint['before']} -> {checkpoint['after']}")


def send(method: str, url: str, body: Any) -> Any:
    """Send JSON and give the answer."""
    content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 (loopback)
        return json.loads(response.read())


if __name__ == "__main__":
    sys.exit(main())
