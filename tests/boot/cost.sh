# cost.sh - what an activation of the poll's unit costs in CPU: the pipe, and each line of the sandbox.
#
#	bash tests/boot/cost.sh [ROUNDS]	# default 6; needs build/release
#
# Prints microseconds of CPU for one start: PID 1, the set-up of the sandbox, the journal and the
# program, all that the machine used.  Each figure is the least of all rounds, which go over all
# variants in turn, so that what else runs here hits all alike.  No test: it has no right answer.
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
machine_able || exit 77
src=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
rounds=${1:-6} each=24
work=$(mktemp -d "${TMPDIR:-/tmp}/mon-cost.XXXXXX")
m=$work/machine
trap 'machine_crash "$m"; rm -rf "$work"' EXIT
mkdir -p "$m" "$work/stage/usr/bin"
cp "$src"/build/release/mon-* "$work/stage/usr/bin/" || exit 1
machine_make "$m" "$work/stage"
install -d -o 1000 -g 1000 "$m/root/home/user/Monitor"
machine_boot "$m" || exit 1

unit=$src/systemd/monitor-poll.service
names=()
# variant NAME SED-EXPRESSION...: the poll's unit, changed
variant() {
	local name=$1
	shift
	names+=("$name")
	sed -e '/^Condition/d' -e '/^RuntimeDirectory/d' -e 's/^ExecStart=.*/ExecStart=true/' "$@" "$unit" \
	    >"$m/root/etc/systemd/system/v${#names[@]}@.service"
}
bare='/^# The sandbox/,$d'
stages='mon-pipe /bin/true | /bin/true | /bin/true'
variant "no sandbox, one program" -e "$bare"
variant "no sandbox, mon-pipe, three" -e "$bare" -e "s,=true\$,=$stages,"
variant "no sandbox, bash pipefail, three" -e "$bare" -e 's,=true$,=bash -o pipefail -c "/bin/true | /bin/true | /bin/true",'
variant "no sandbox, sh, three" -e "$bare" -e 's,=true$,=sh -c "/bin/true | /bin/true | /bin/true",'
variant "sandbox, one program"
variant "sandbox, mon-pipe, three" -e "s,=true\$,=$stages,"
variant "  without the lines that do not count" -e \
    '/^RestrictRealtime\|^LockPersonality\|^MemoryDeny\|^ProtectHostname\|^RemoveIPC\|^DeviceAllow/d'
while read -r line; do
	variant "  without $line" -e "\\|^${line//\*/\\*}\$|d"
done < <(sed -n '/^# The sandbox/,$p' "$unit" | sed -e '/^#/d' -e '/^BindPaths/d')
for line in ProtectKernelTunables=yes PrivateDevices=yes ProcSubset=pid PrivateIPC=yes KeyringMode=private \
    'SystemCallFilter=@system-service' ; do
	variant "  with $line" -e "\$a $line"
done
machine "$m" systemctl daemon-reload

used() { awk '/^usage_usec/ { print $2 }' "$(cat "$m/cgroup")/payload/cpu.stat"; }
least=()
for ((r = 0; r < rounds; r++)); do
	for ((i = 1; i <= ${#names[@]}; i++)); do
		before=$(used)
		machine "$m" sh -c "systemctl start \$(seq -f 'v$i@%g' $each)" || echo "failed: ${names[i - 1]}"
		sleep 0.1
		cost=$((($(used) - before) / each))
		[ "${least[i]:-$cost}" -lt "$cost" ] || least[i]=$cost
	done
done
for ((i = 1; i <= ${#names[@]}; i++)); do
	sed 's/v@/v/' "$m/root/etc/systemd/system/v$i@.service" >"$work/v.service"
	printf '%7d us  exposure %-4s %s\n' "${least[i]}" \
	    "$(systemd-analyze security --offline=true --no-pager "$work/v.service" | awk '/Overall/ { print $(NF - 2) }')" "${names[i - 1]}"
done
