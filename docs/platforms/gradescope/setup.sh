#!/usr/bin/env bash
# setup.sh - Gradescope runs this once, as root, when it builds the image of the autograder (Ubuntu or Debian).
#
# In the zip that is uploaded stand, at its top: this file, run_autograder, and the repository in a folder eagain/.
set -e
cd /autograder/source/eagain
./setup.sh
# Everything is compiled now, so that no submission waits for it.
make tools build/grader/report
