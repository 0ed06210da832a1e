"""The WSGI entry: `granian --interface wsgi wsgi:app`. Does not start when a setting is missing, and says which."""

import sys

from webapp import config
from webapp.app import create_app

try:
    app = create_app(config.load())
except config.SettingsError as error:
    sys.exit(str(error))
