# sample-take.sh - who takes and who looks: by socket, environment, argument; collectors of old.
. "$(dirname "$0")/lib.sh"
need python3
. "$MON_SRC/tests/fixtures/journal.sh"

new_root root
folder=root/var/log/journal/$machine
alert() { entry "$1" 4 app 7 "$2" | journal $folder/system.journal; }
stat() { sed -i "s/^cpu .*/cpu  $1 0 0 $2 0 0 0 0 0 0/" root/proc/stat; }
sampler() { mon-sample --root root --state-dir state "$@"; }
alerts() { sed -n 's/^alert: .*app\[7\]: //p' | xargs; }
user() { sed -n 's/^sys: \([^,]*\),.*/\1/p'; }

# service ARGUMENT...: as qrexec's agent calls a socket service: a connection, the descriptor, EOF
cat >service.py <<'P'
import os, socket, subprocess, sys
descriptor, mode = os.fsencode(sys.argv[1]).replace(b"@", b"\0"), sys.argv[2]
with socket.socket(socket.AF_UNIX) as listener:
    path = os.path.join(os.getcwd(), "service.socket")
    listener.bind(path)
    listener.listen()
    agent = socket.socket(socket.AF_UNIX)
    agent.connect(path)
    os.unlink(path)
    service = listener.accept()[0]
env = {k: v for k, v in os.environ.items() if not k.startswith("QREXEC_")}
agent.sendall(descriptor)
if mode != "open":
    agent.shutdown(socket.SHUT_WR)
if mode == "gone":
    agent.close()
p = subprocess.Popen(["mon-sample", "--root", "root", "--state-dir", "state"], stdin=service, stdout=service, env=env)
service.close()
while mode == "read" or mode == "open":
    try:
        data = agent.recv(65536)
    except ConnectionResetError: # it did not read all that was sent
        break
    if not data:
        break
    os.write(1, data)
if mode == "part":
    agent.recv(20)
    agent.close()
sys.exit(p.wait())
P
service() { python3 service.py "qubes.Metrics.Get+$1 ${2-sys-monitor}@" "${3-read}"; }

# ---- the frame
for how in '' take; do
	sampler $how >out
	is "an answer begins, and its end counts what came between (${how:-look})" \
		"begin: 1 end: $(sed '1d;$d' out | wc -l)" "$(sed -n '1p;$p' out | xargs)"
done

# ---- by hand: a look, unless it says take
alert 1 one
stat 100 900
is "a look prints what waits" one "$(sampler | alerts)"
is "and it waits on" one "$(sampler | alerts)"
is "take" one "$(sampler take | alerts)"
is "it is taken" "" "$(sampler | alerts)"
is "the same by the environment" "" "$(alert 2 two; QREXEC_SERVICE_ARGUMENT=take sampler >/dev/null; sampler | alerts)"
rm -r state
is "a look makes no state" 1 "$(sampler | alerts | wc -l; ls state 2>/dev/null)"

# ---- in a qube, by a program of qrexec
export QREXEC_REMOTE_DOMAIN=sys-monitor
is "the first take" "one two" "$(sampler take | alerts)"
stat 150 950 # 50 of 100
is "a look tells the CPU since the last take" 50.0 "$(sampler | user)"
is "a look cuts no interval" 50.0 "$(sampler | head -n 3 | user)"
alert 3 three
is "a bare call looks" three "$(sampler | alerts)"
sampler | head -n 1 >/dev/null
is "one that reads a line, too" three "$(QREXEC_SERVICE_ARGUMENT= sampler | alerts)"
is "take by the environment alone" "three 50.0" "$(QREXEC_SERVICE_ARGUMENT=take sampler >out; echo "$(alerts <out) $(user <out)")"
is "the next one" " 0.0" "$(sampler take >out; echo "$(alerts <out) $(user <out)")"
unset QREXEC_REMOTE_DOMAIN

# ---- in a qube, by a socket
alert 4 four
is "the socket: a look" four "$(service '' | alerts)"
is "the socket: a client that leaves its end open" four "$(python3 service.py 'qubes.Metrics.Get+ sys-monitor@' open | alerts)"
is "the socket: the agent of old" four "$(python3 service.py 'qubes.Metrics.Get sys-monitor@' read | alerts)"
service take sys-monitor part
is "the socket: broken off after a part" four "$(service '' | alerts)"
service take sys-monitor gone
is "the socket: gone before it began" four "$(service '' | alerts)"
is "the socket: what a client sends behind is not read" four "$(python3 service.py 'qubes.Metrics.Get+ sys-monitor@take+take' read | alerts)"
is "the socket: take" four "$(service take | alerts)"
is "the socket: taken" "" "$(service '' | alerts)"
is "the socket: another caller has a place of its own" "one two three four" "$(service take other | alerts)"
is "their files" "vm-other vm-sys-monitor" "$(ls state | xargs)"
for odd in 'hello@' 'qubes.Metrics.Get+take@' 'qubes.Metrics.Get+take ../x@' 'qubes.Metrics.Get+take work' "q+$(printf '%0300d' 0) work@"; do
	run python3 service.py "$odd" read
	is "the socket: '${odd:0:30}' is no descriptor: exit code, answer" "2 " "$code $out"
	like "... said" '^mon-sample: what came on the socket is no' "$err"
done
run service peek
is "the socket: an unknown argument: exit code, answer" "2 " "$code $out"
like "... said" "^mon-sample: unknown argument 'peek'" "$err"
is "the environment does not make a socket's caller" "vm-other vm-sys-monitor" \
	"$(QREXEC_REMOTE_DOMAIN=forged service take >/dev/null; ls state | xargs)"
is "a pair of sockets that a program of qrexec got is no socket service" "begin: 1" \
	"$(QREXEC_REMOTE_DOMAIN=sys-monitor python3 -c 'import socket, subprocess
a, b = socket.socketpair()
print(subprocess.run(["mon-sample", "--root", "root", "--state-dir", "state"], stdin=b, stdout=subprocess.PIPE, timeout=20).stdout.decode().splitlines()[0])')"

# ---- a collector of 0.1.0: its bare call is a poll, until somebody says take
rm -r state
export QREXEC_REMOTE_DOMAIN=sys-monitor
is "old collector: a bare call takes" "one two three four" "$(sampler | alerts)"
alert 5 five
is "old collector: the next one" five "$(service '' | alerts)"
is "old collector: once" "" "$(sampler | alerts)"
alert 6 six
is "then a newer one" six "$(sampler take | alerts)"
alert 7 seven
is "from then on a bare call looks" "seven/seven" "$(sampler | alerts)/$(sampler | alerts)"

# ---- the state that 0.1.0 kept after two alerts (captured) is read: none of them again
rm -r state root
new_root root
mkdir -m 700 state
install -m 600 "$FIXTURES/state-0.1.0/vm-sys-monitor" state/vm-sys-monitor
{ alert 1 one; alert 2 two; alert 3 three; } 2>&1
is "a state of 0.1.0: a bare call still takes" three "$(sampler | alerts)"
is "a state of 0.1.0: then take" "" "$(sampler take | alerts)"

# ---- the man page tells each row of the filter
man=$(tr '\n' ' ' <"$MON_SRC/docs/man/mon-sample.1")
reasons=$(sed -n '/echoes\[\] = {/,/^};/s/^[[:space:]]*"\([^"]*\)" },$/\1/p' "$MON_SRC/tools/sample/echo.c" | sort -u)
like "the filter has its reasons" '^the agent tells that it starts the poll$' "$reasons"
while read -r reason; do
	like "mon-sample(1): ${reason:0:60}" "${reason#the same of the agent*s helper in }" "${man//\\&/}"
done < <(sed 's/^the kernel audits: //; s/^the same of .*/agent.s helper tells the same/' <<<"$reasons")
finish
