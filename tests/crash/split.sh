#!/bin/bash
# split.sh faults|power|pipe N|full [--all] - crash mon-split; split.py tells how and what is checked.
#
# By hand, on what is shipped: MON_BIN=$PWD/build/release tests/crash/split.sh faults --all
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${MON_BIN:-$here/../../build/release}
export MON_FAULT=${MON_FAULT:-$bin/crash/fault.so}
# MON_FAKES: the simulated qrexec-client-vm, where it is not beside the tools
PATH=$bin:${MON_FAKES:-$bin/fakes}:$PATH exec "$here/../harness/need" python3 -- python3 "$here/split.py" "$@"
