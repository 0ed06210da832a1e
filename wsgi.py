"""The WSGI entry: `granian --interface wsgi wsgi:app`. Does not start when a setting is missing or the database has another
schema, and says which."""

import gc
import sys

from webapp import config
from webapp.app import create_app, must_fit

try:
    settings = config.load()
    must_fit(settings)
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # what stays for ever is not looked through again and again for what could go
except config.SettingsError as error:
    sys.exit(str(error))
