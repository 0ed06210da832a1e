"""python -m tools.manifests"""

import sys

from tools import manifests

sys.exit(manifests.main())
