# The simulated qrexec-client-vm keeps to the facts: bytes, exit codes, descriptors.
. "$(dirname "$0")/lib.sh"
need python3

ask() { run qrexec-client-vm "$1" qubes.Metrics.Get </dev/null; }
bytes() { od -An -v -tx1 "$work/.out" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }

# ---- the list ----
qube work
qube Zoo class=TemplateVM state=Halted
qube alpha state=Paused hidden
head='30 00 64 6f 6d 30 20 63 6c 61 73 73 3d 41 64 6d 69 6e 56 4d 20 73 74 61 74 65 3d 52 75 6e 6e 69 6e 67 0a'
run qrexec-client-vm dom0 admin.vm.List </dev/null
is "list: exit code" 0 "$code"
is "list: first bytes" "$head" "$(bytes | cut -c1-${#head})"
is "list: dom0, then by name, without what the policy hides" "0dom0 class=AdminVM state=Running
Zoo class=TemplateVM state=Halted
work class=AppVM state=Running" "$out"
echo uuid >"$FAKE_QUBES/dom0"
run qrexec-client-vm dom0 admin.vm.List </dev/null
like "list: uuid" '^work class=AppVM state=Running uuid=[0-9a-f-]{36}$' "$out"
echo only-dom0 >"$FAKE_QUBES/dom0"
run qrexec-client-vm dom0 admin.vm.List </dev/null
is "list: policy for dom0 alone" "$head" "$(bytes)"
echo 'exception=QubesVMNotFoundError\0\0no such qube\0' >"$FAKE_QUBES/dom0"
run qrexec-client-vm dom0 admin.vm.List </dev/null
is "list: exception, exit code" 0 "$code"
is "list: exception, first bytes" "32 00 51" "$(bytes | cut -c1-8)"
echo exit=0 >"$FAKE_QUBES/dom0"
run qrexec-client-vm dom0 admin.vm.List </dev/null
is "list: empty answer" "0 " "$code $(bytes)"
rm "$FAKE_QUBES/dom0"
mkfifo never
exec 9<>never
run timeout 1 qrexec-client-vm dom0 admin.vm.List <&9
is "list: hangs on an open stdin" "124 " "$code $out"
exec 9>&-

# ---- policy and exit codes ----
qube deny deny 'print=conn: 1,2\n'
qube no-handler no-handler
qube not-exec not-executable
qube local local-failure
qube seven 'print=conn: 1,2\n' exit=7
qube killed 'print=conn: 1' die=15
qube cold frozen=0.2
for case in 'deny 126' 'unknown 126' '../work 126' 'Zoo 126' 'dom0 126' 'no-handler 127' 'not-exec 125' \
    'local 1' 'seven 7' 'killed 143' 'work 0' 'cold 1'; do
	ask "${case% *}"
	is "exit code of ${case% *}" "${case#* }" "$code"
done
ask killed
is "what came before the signal is delivered" "conn: 1" "$out"
ask deny
is "a refusal" "Request refused" "$err"
run qrexec-client-vm work qubes.VMShell </dev/null
is "another service" 126 "$code"
run qrexec-client-vm work admin.vm.List </dev/null
is "the list of a qube" 126 "$code"
run qrexec-client-vm work qubes.Metrics.Get+x </dev/null
is "an argument" 126 "$code"
for fd in 0 1 2; do
	bash -c "exec qrexec-client-vm work qubes.Metrics.Get $fd>&-" </dev/null >/dev/null 2>&1
	is "closed fd $fd" 125 $?
done
FAKE_QUBES=$work/none run qrexec-client-vm work qubes.Metrics.Get </dev/null
is "no machine" 1 "$code"
like "no machine: says so" 'FAKE_QUBES' "$err"

# A frozen qube: killed calls keep their ports.
qube cold frozen=60
printf '%0159d' 0 >"$FAKE_QUBES/ports.cold"
: >"$FAKE_QUBES/ports-back.cold"
timeout 0.3 qrexec-client-vm cold qubes.Metrics.Get </dev/null 2>/dev/null
qube cold 'print=conn: 1,2\n'
ask cold
is "160 killed calls: refused even after it thawed" 126 "$code"
rm "$FAKE_QUBES"/ports*.cold
qube cold state=Paused
run timeout 0.3 qrexec-client-vm cold qubes.Metrics.Get </dev/null
is "a paused qube answers nothing" "124 " "$code $out"

# ---- stdin and stdout ----
qube nul nul
ask nul
like "NULs come through" '63 6f 6e 6e 3a 20 31 00 2c 32 0a' "$(bytes)"
head -c 300000 /dev/urandom >"$FAKE_QUBES/blob"
qube blob answer=blob
qrexec-client-vm blob qubes.Metrics.Get </dev/null | cat >got
ok "any bytes come through" cmp got "$FAKE_QUBES/blob"
qrexec-client-vm blob qubes.Metrics.Get </dev/null >/dev/full
is "exit code when stdout is full" 0 $?
qube work 'print=conn: 1,2\n'
run timeout 5 qrexec-client-vm work qubes.Metrics.Get <>never
is "an open stdin does not hang a qube's service" "0 conn: 1,2" "$code $out"

# O_NONBLOCK (04000) on what it inherits: gone after a regular end, left when it is killed.
cat >flags.py <<'END'
import fcntl, os, signal, subprocess, sys, time
in_r, in_w = os.pipe()
out_r, out_w = os.pipe()
p = subprocess.Popen(["qrexec-client-vm", sys.argv[1], "qubes.Metrics.Get"], stdin=in_r, stdout=out_w)
flags = lambda: "".join("N" if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK else "-" for fd in (in_r, out_w))
if sys.argv[2] == "kill":
    os.read(out_r, 1)
    print("during", flags())
    p.kill()
p.wait()
print("after", flags())
END
qube talk 'print=x\n' hang
is "O_NONBLOCK after a regular end" "after --" "$(python3 flags.py work end)"
is "O_NONBLOCK during a call, and after a kill" "during NN
after NN" "$(python3 flags.py talk kill)"

# ---- the service outlives its client ----
: >"$FAKE_QUBES/log"
qube hung 'print=x\n' hang
timeout 0.3 qrexec-client-vm hung qubes.Metrics.Get </dev/null >/dev/null
for _ in $(seq 100); do grep -q ' lost ' "$FAKE_QUBES/log" && break; sleep 0.05; done
service=$(awk '$2 == "serve" { print $3 }' "$FAKE_QUBES/log")
is "it sees that its client is gone" "$service" "$(awk '$2 == "lost" { print $3 }' "$FAKE_QUBES/log")"
ok "and it lives on" kill -0 "$service"
is "a killed client has no exit in the log" 0 "$(grep -c ' exit ' "$FAKE_QUBES/log")"
mv "$FAKE_QUBES" gone
for _ in $(seq 100); do [ -d "/proc/$service" ] || break; grep -q '^State:.Z' "/proc/$service/status" && break; sleep 0.05; done
ok "it ends with its machine" eval "[ ! -d /proc/$service ] || grep -q '^State:.Z' /proc/$service/status"
mv gone "$FAKE_QUBES"
qube flood flood
timeout 5 qrexec-client-vm flood qubes.Metrics.Get </dev/null | head -n 1 >/dev/null
is "a broken stdout ends a service that writes" "141" "${PIPESTATUS[0]}"

finish
