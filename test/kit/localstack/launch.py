"""Starts LocalStack so that it cannot outlive the test run that started it, however that run ends (Linux).

Usage: launch.py PARENT_PID
"""

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1

ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != int(sys.argv.pop()):  # it ended before the line above took effect
    raise SystemExit("The test run is gone.")
runpy.run_module("localstack.runtime.main", run_name="__main__")
