#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image of the autograder.
set -euo pipefail
apt-get update -qq
apt-get install -y -qq python3 python3-pip python3-venv bubblewrap util-linux
python3 -c "import sys; assert sys.version_info >= (3, 11), \"choose a base image with Python 3.11 or later\""
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install -q -r /autograder/source/exercises/gradescope/requirements.txt
