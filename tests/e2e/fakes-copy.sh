# The simulated qvm-copy-to-vm keeps to the facts.
. "$(dirname "$0")/lib.sh"

incoming=$FAKE_QUBES/vault/secrets-vault/QubesIncoming/sys-monitor
copy() { run qvm-copy-to-vm --without-progress "${2:-secrets-vault}" "$1"; }
stored() { find "$FAKE_QUBES/vault" -type f -printf '%f\n' 2>/dev/null | sort | xargs; }

seq 1000 >a.tgz
echo other >b.tgz
mkdir sub
echo different >sub/a.tgz
qube secrets-vault state=Halted
copy a.tgz
is "copy: exit code, output" "0 " "$code $out$err"
ok "copy: the same bytes under its name" cmp a.tgz "$incoming/a.tgz"
copy sub/a.tgz
is "the name exists" 17 "$code"
ok "the name exists: not overwritten" cmp a.tgz "$incoming/a.tgz"
copy b.tgz nobody
is "an unknown vault" 126 "$code"
copy b.tgz ../x
is "an odd vault" 126 "$code"
copy none.tgz
is "no such file" 1 "$code"
qube secrets-vault deny
copy b.tgz
is "refused" "126 qvm-copy-to-vm (simulated): Request refused" "$code $err"
qube secrets-vault copy-full=3895
copy b.tgz
is "full" 28 "$code"
qube secrets-vault copy-exit=121
copy b.tgz
is "the sender died" 121 "$code"
is "none of these left anything" a.tgz "$(stored)"
qube secrets-vault copy-full=3899
copy b.tgz
is "room enough" "0 a.tgz b.tgz" "$code $(stored)"

echo third >c.tgz
for signal in TERM INT KILL; do
	qube secrets-vault copy-hang
	# With --foreground, timeout does not shoot itself.
	run timeout --foreground -s "$signal" 0.5 qvm-copy-to-vm --without-progress secrets-vault c.tgz
	like "hang, ended by SIG$signal" '^(124|137)$' "$code"
	is "an interrupted copy leaves nothing (SIG$signal)" "a.tgz b.tgz" "$(stored)"
done
qube secrets-vault copy-delay=0.3
copy c.tgz
is "a slow copy" "0 a.tgz b.tgz c.tgz" "$code $(stored)"
like "log: the copy" '^[0-9]+\.[0-9]{3} copy [0-9]+ secrets-vault qubes.Filecopy c.tgz$' "$(cat "$FAKE_QUBES/log")"
like "log: the end" '^[0-9]+\.[0-9]{3} exit [0-9]+ secrets-vault qubes.Filecopy 0$' "$(cat "$FAKE_QUBES/log")"

finish
