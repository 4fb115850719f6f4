"""``data/datapackage.json``: its panels are described by the declaration of the format.

``python -m analysis.panel.datapackage`` writes them anew; what describes other files is kept.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.panel.dictionary import resources
from analysis.project import DATA

FILE = DATA / "datapackage.json"


def with_panels(package: Mapping[str, Any], data: Path = DATA) -> dict[str, Any]:
    """The package, its panels described as the declaration of the format has it."""
    kept = [r for r in package["resources"] if not r["path"].startswith("panels/")]
    panels = sorted(p for p in (data / "panels").iterdir() if p.is_dir())
    described = [r for folder in panels for r in resources(folder, data)]
    return {**package, "resources": kept + described}


def as_text(package: Mapping[str, Any]) -> str:
    """The package as the file holds it."""
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def main(file: Path = FILE) -> int:
    """Rewrite the file in one step."""
    text = as_text(with_panels(json.loads(file.read_text(encoding="utf-8")), file.parent))
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    os.replace(fresh, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
