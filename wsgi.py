"""The WSGI entry: `granian --interface wsgi wsgi:app`. Does not start when a setting is missing or the database has another
schema, and says which."""

import sys

from webapp import config
from webapp.app import create_app, must_fit

try:
    settings = config.load()
    must_fit(settings)
    app = create_app(settings)
except config.SettingsError as error:
    sys.exit(str(error))
