#!/usr/bin/env python
"""Django's commands. A command that belongs to one zone picks it by itself; others read RW_ZONE."""

import os
import sys

ZONE_OF_COMMAND = {
    "import_register": "public",
    "import_directory": "public",
    "load_demo_register": "public",
    "reset_second_factor": "public",
    "officer_code": "public",
    "disclose_abuses": "public",
    "board_seat": "public",
    "zone_policy": "desk",
    "load_demo_casework": "desk",
    "member": "desk",
    "office": "desk",
    "demo_code": "desk",
    "disclosure_log": "desk",
    "lawful_demand": "desk",
    "subpoena": "desk",
    "routing": "desk",
    "load_demo_cases": "intake",
    "celery": "worker",
    "retention": "worker",
    "delivery_key": "worker",
}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "registrar":  # on a machine of its own, offline: no settings, no database
        from recruitment_watch.registrar import main as registrar

        registrar(sys.argv[2:])
        return
    zone = ZONE_OF_COMMAND.get(command) or os.environ.get("RW_ZONE")
    if zone is None:
        sys.exit("manage.py: say which zone this is for: RW_ZONE=public|intake|desk|worker")
    os.environ["RW_ZONE"] = zone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"recruitment_watch.settings.{zone}")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
