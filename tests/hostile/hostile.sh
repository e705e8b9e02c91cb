#!/bin/bash
# hostile.sh [POLLS] - 43 of 44 qubes are hostile; hostile.py tells what is checked.
#
# By hand, on what is shipped: MON_BIN=$PWD/build/release tests/hostile/hostile.sh 200
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${MON_BIN:-$here/../../build/release}
# MON_FAKES: the simulated qrexec-client-vm, where it is not beside the tools
PATH=$bin:${MON_FAKES:-$bin/fakes}:$PATH exec "$here/../harness/need" python3 -- python3 "$here/hostile.py" "$@"
