#!/bin/bash
# unit.sh - CPU of a poll as its unit runs it, under a systemd that is booted for this (tests/boot/machine.sh).
#
#	unit.sh BUILD STAND-IN MACHINE ROUNDS QUOTA
#
# BUILD has the programs, STAND-IN a qrexec-client-vm, MACHINE its simulated qubes, QUOTA is MON_QUOTA of the poll.
# Prints, for each round and variant, "VARIANT<TAB>MICROSECONDS": what the whole container used for one start, PID 1 and the
# journal included; and "lines<TAB>N": lines in the journal for a poll.  The variants take turns.  Exit 77, with the reason,
# where no systemd can be booted; 1 if a start failed.
set -u
build=$1 standin=$2 qubes=$3 rounds=$4 quota=$5 each=6
src=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
# shellcheck source=tests/boot/machine.sh
. "$src/tests/boot/machine.sh"
machine_able || exit 77

work=$(mktemp -d "${TMPDIR:-/tmp}/mon-bench.XXXXXX") || exit 1
m=$work/machine root=$work/machine/root
trap 'machine_crash "$m"; rm -rf "$work"' EXIT
mkdir -p "$m" "$work/stage/usr/bin"
cp "$build"/mon-{pipe,vmstate,scrape,split,rule} "$standin/qrexec-client-vm" "$work/stage/usr/bin/" || exit 1
machine_make "$m" "$work/stage" || exit 1
install -d -o 1000 -g 1000 "$root/home/user/Monitor"
cp -r "$qubes" "$root/var/fake" || exit 1
chown -R 1000:1000 "$root/var/fake"
machine_boot "$m" || { echo "SKIP: no systemd can be booted here"; exit 77; }

# variant NAME SED-EXPRESSION...: EACH units like the poll's, one after the other
variants=()
variant() {
	local name=$1 i unit
	shift
	variants+=("$name")
	for ((i = 1; i <= each; i++)); do
		unit=$root/etc/systemd/system/v${#variants[@]}-$i.service
		sed -e '/^Condition/d' -e '/^After/d' "$@" "$src/systemd/monitor-poll.service" >"$unit"
		sed -i -e "/^\[Unit\]/a After=v${#variants[@]}-$((i - 1)).service" \
		    -e "/^\[Service\]/a Environment=MON_QUOTA=$quota MON_SELF=sys-monitor FAKE_QUBES=/var/fake" "$unit"
	done
}
variant "no sandbox, true" -e '/^# The sandbox/,$d' -e 's,^ExecStart=.*,ExecStart=/bin/true,'
variant "sandbox, true" -e 's,^ExecStart=.*,ExecStart=/bin/true,'
variant "sandbox, the poll"
machine "$m" systemctl daemon-reload

used() { awk '/^usage_usec/ { print $2 }' "$(cat "$m/cgroup")/payload/cpu.stat"; }
rows() { cat "$root"/home/user/Monitor/*/scrape.csv 2>/dev/null | grep -c ',ok,'; }
lines() { machine "$m" journalctl --sync; machine "$m" journalctl -b -q -o cat -u 'v3-*' | wc -l; }
asked=$(find "$root/var/fake/qubes" -type f | wc -l)
for ((r = -1; r < rounds; r++)); do # the first round is a warm-up
	[ $r != 0 ] || written=$(lines)
	for ((v = 1; v <= ${#variants[@]}; v++)); do
		had=$(rows) before=$(used)
		# shellcheck disable=SC2046 # one word a unit
		machine "$m" systemctl start $(seq -f "v$v-%g.service" "$each") || { echo "failed: ${variants[v - 1]}" >&2; exit 1; }
		sleep 0.2 # PID 1 tidies up
		after=$(used)
		[ "$v" != 3 ] || [ $(($(rows) - had)) = $((asked * each)) ] ||
			{ echo "of $((asked * each)) answers only $(($(rows) - had)) were filed" >&2; exit 1; }
		[ $r -lt 0 ] || printf '%s\t%d\n' "${variants[v - 1]}" $(((after - before) / each))
	done
done
awk -v n=$(($(lines) - written)) -v polls=$((rounds * each)) 'BEGIN { printf "lines\t%.3f\n", n / polls }'
