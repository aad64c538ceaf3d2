"""Entry point: `python -m portal.launcher`."""

import sys

from portal.launcher.launch import main

sys.exit(main())
