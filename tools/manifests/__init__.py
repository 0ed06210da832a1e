"""What judges deploy/kubernetes: kubernetes-validate, with Kubernetes' own schemas, in an environment of its own from the hashed lock beside this.

python -m tools.manifests     installed if need be; 1 when a manifest is not one
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = Path(__file__).parent / "requirements.txt"
MANIFESTS = ROOT / "deploy" / "kubernetes"
VERSION = "1.37"


def main() -> int:
    """Validate every manifest, strictly: a field that the schema does not know is wrong."""
    files = [str(path) for path in sorted(MANIFESTS.glob("*.yaml"))]
    command = [str(_installed() / "bin" / "kubernetes-validate"), "--strict", "--kubernetes-version", VERSION, *files]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _installed() -> Path:
    """The environment. Raises `CalledProcessError` when it cannot be made."""
    folder = ROOT / "build" / "manifests"
    noted, wanted = folder / "installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not noted.exists() or noted.read_text("utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "--quiet", "--disable-pip-version-check", "install", "--require-hashes"]
        subprocess.run([*pip, "--requirement", str(LOCK)], check=True)
        noted.write_text(wanted, encoding="utf-8")
    return folder
