#!/usr/bin/env python
"""Django's management commands, each in the database role that suits it."""

import os
import sys

from django.core.management import execute_from_command_line

from config.role import choose

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    choose(sys.argv)
    execute_from_command_line(sys.argv)
