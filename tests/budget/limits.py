"""The budget: what a page may cost. The one place for its numbers."""

from __future__ import annotations

KB = 1024
HTML, CSS, SCRIPTS, HTMX = "HTML", "CSS", "own scripts", "htmx"

# Our own bytes, packed by brotli, of what a buyer's browser fetches at first.
BUYER = {HTML: 6 * KB, CSS: 4 * KB, SCRIPTS: 4 * KB, HTMX: 12 * KB}
# In the back office, all of it together; and what comes alone into a page that stands.
OFFICE, FRAGMENT = 30 * KB, 10 * KB

# When a buyer's phone shows what (https://web.dev/articles/vitals): milliseconds; CLS is a share of the screen.
FCP, LCP, TBT, CLS = "FCP", "LCP", "TBT", "CLS"
MOMENTS = {FCP: 1200.0, LCP: 1500.0, TBT: 50.0, CLS: 0.01}

# What travels besides has no limit: the icon and a shop's logo, answers to scripts, all that is the gateway's.
PICTURES, OTHER, GATEWAY = "pictures", "other", "gateway"
TRAVELS = (*BUYER, PICTURES, OTHER, GATEWAY)
