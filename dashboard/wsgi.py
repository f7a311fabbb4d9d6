"""The WSGI program that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
_django = get_wsgi_application()

from dashboard.polls import remembering  # noqa: E402 (models are there once Django is set up)

application = remembering(_django)
