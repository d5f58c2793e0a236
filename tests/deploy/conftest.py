"""Which tests are there to run: the ones of the whole image where it was made and is current."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _is_current() -> bool:
    if not (ROOT / ".image/image.json").exists():
        return False
    asked = [sys.executable, str(ROOT / "scripts/image.py"), "current", str(ROOT / ".image")]
    return subprocess.run(asked, check=False).returncode == 0


collect_ignore = [] if _is_current() else ["test_image_service.py"]
