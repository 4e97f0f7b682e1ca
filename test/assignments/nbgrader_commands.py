"""Runs nbgrader commands given as JSON [{"args", "cwd", "env"}], each in a process of its own that need not load nbgrader again."""

import json
import os
import sys

from nbgrader.apps.nbgraderapp import NbGraderApp

for command in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        os.chdir(command["cwd"])
        os.environ.update(command["env"])
        NbGraderApp.launch_instance(command["args"])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        print(f"nbgrader {' '.join(command['args'])} ended with {os.waitstatus_to_exitcode(status)}", file=sys.stderr)
        sys.exit(1)
