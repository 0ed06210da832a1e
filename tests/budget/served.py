"""The product's web application as behind a proxy that packs: granian --interface wsgi tests.budget.served:app."""

from __future__ import annotations

import wsgi
from tests.budget.packing import packing

app = packing(wsgi.app)
