"""``python -m analysis`` is the command ``study``."""

import sys

from analysis.cli import main

sys.exit(main())
