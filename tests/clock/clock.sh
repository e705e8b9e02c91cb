#!/bin/bash
# clock.sh together N|steps|zones [--all] - programs at once, and clocks; clock.py tells how and what is checked.
#
# By hand, on what is shipped: MON_BIN=$PWD/build/release tests/clock/clock.sh together 500 --all
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${MON_BIN:-$here/../../build/release}
export MON_FAULT=${MON_FAULT:-$bin/crash/fault.so}
# MON_FAKES: the simulated qrexec-client-vm, where it is not beside the tools
PATH=$bin:${MON_FAKES:-$bin/fakes}:$here/../fakes:$PATH exec "$here/../harness/need" python3 -- python3 "$here/clock.py" "$@"
