"""The door through which a web server calls the application: all of it is loaded before the first call.

A server may load it once and fork: nothing here opens a connection, which two processes would share.
"""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
os.environ.setdefault("DATABASE_ROLE", "web")

application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)
import_module("config.health").refuse_demo()
