#!/bin/sh
# Moves the work from one version to the other: switch.sh http://blue:9464 http://green:9464
# The token is that of the operations port of both.
set -eu
from=$1 to=$2

ask() {
  curl --fail --silent --show-error "$@"
}

# The new version must be connected before the old one is paused.
ask "$to/ready" >/dev/null
# First both consume, then the new one alone: messages never wait longer than a running handler.
ask -X POST -H "Authorization: Bearer $TOMODACHI_OPERATIONS_TOKEN" "$to/resume"
ask -X POST -H "Authorization: Bearer $TOMODACHI_OPERATIONS_TOKEN" "$from/pause"
