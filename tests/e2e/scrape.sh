# mon-scrape: every qube asked at once, bounded; one scrape: line tells how each went.
. "$(dirname "$0")/lib.sh"
NOW=2025-08-31T12:00:00Z
GOOD='print=sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0\nnet: eth0,1,0,0,2,0,0\nconn: 12,4\n'
# With alerts; what --take does besides is in scrape-take.sh.
scrape() { run timeout 60 mon-scrape --self sys-monitor --peek "$@"; }
# result QUBE: the fields of its scrape: line but for the time it took
result() { sed -n "s/^[^ ]* $1 scrape: \([a-z-]*\),[0-9]*,/\1,/p" "$work/.out"; }
ms() { sed -n "s/^[^ ]* $1 scrape: [a-z-]*,\([0-9]*\),.*/\1/p" "$work/.out"; }
asked() { awk '$2 == "call" && $4 != "dom0" { print $4 }' "$FAKE_QUBES/log" 2>/dev/null; }
# the clients (not the services in the guests, which outlive them) that still run
clients() { awk '$2 == "call" { print $3 }' "$FAKE_QUBES/log" | while read -r p; do kill -0 "$p" 2>/dev/null && echo "$p"; done; }
forget() { rm -rf "$XDG_RUNTIME_DIR/sys-monitor" "$FAKE_QUBES/log"; }

# --- one good answer
qube work "$GOOD"
scrape --now $NOW work
is "a good answer: exit code, silent" "0 " "$code $err"
is "a good answer: stamped" "$NOW work sys: 3.1,1.7,95.0,0.37,0.28,0.22,16310256,421234,15234567,0,0,1,0
$NOW work net: eth0,1,0,0,2,0,0
$NOW work conn: 12,4" "$(grep -v scrape: "$work/.out")"
is "a good answer: its scrape: line" "ok,99,3,0" "$(result work)"
is "| grep ' net: '" "$NOW work net: eth0,1,0,0,2,0,0" "$(mon-scrape --now $NOW work | grep ' net: ')"
mon-scrape --now $NOW work | mon-split --dir M
is "| mon-split" "connections.csv network.csv scrape.csv system.csv" "$(cd M/2025-08-31 && echo *)"

# --- every kind of failure has its word, its exit code and one line
qube refused deny
qube halted state=Halted
qube bare no-handler
qube broken exec "$GOOD" exit=5 # a handler that somebody wrote by hand: its exit code decides
qube dead exec "$GOOD" die
qube partial exec "$GOOD" 'print=alert: Aug 31 12:00:00 a: kept\n' exit=3
qube hung "$GOOD" hang
qube empty exit=0
qube cut cut
qube alerts exec 'print=alert: Aug 31 12:00:00 a: broken off\nconn: 1,1\n' exit=1
qube longlived exec "$GOOD" close-stdout hang
scrape --timeout 1 partial refused halted unknown bare broken dead hung empty cut alerts longlived
is "failures: exit code" 3 "$code"
is "exit 3, figures are missing: ok, and so are its alerts" "ok,130,4,0" "$(result partial)"
is "126: refused" "refused,0,0,0" "$(result refused)"
is "halted: refused" "refused,0,0,0" "$(result halted)"
is "unknown: refused" "refused,0,0,0" "$(result unknown)"
is "127: no-handler" "no-handler,0,0,0" "$(result bare)"
is "exit 5: failed, its lines are kept" "failed,99,3,0" "$(result broken)"
is "a signal: failed, its lines are kept" "failed,99,3,0" "$(result dead)"
is "hung: timeout, its lines are kept" "timeout,99,3,0" "$(result hung)"
is "nothing said: failed" "failed,0,0,0" "$(result empty)"
like "cut off mid-line: the last line is dropped whole" '^ok,[0-9]+,1,1$' "$(result cut)"
is "alerts of a broken answer wait for the next one" "failed,47,1,0" "$(result alerts)"
unlike "alerts of a broken answer are not filed" ' alert: ' "$(grep ' alerts ' "$work/.out")"
is "stdout closed, living on: timeout" "timeout,99,3,0" "$(result longlived)"
is "failures: one line each on stderr" "11 11" "$(wc -l <"$work/.err") $(cut -d: -f2 "$work/.err" | sort -u | wc -l)"
is "failures: no client is left behind" "" "$(clients)"
TIMEFORMAT='%U %S'
{ time scrape --timeout 2 longlived; } 2>cpu
ok "stdout closed, living on: waited for without work" awk '{ exit $1 + $2 > 1 }' cpu

# --- out of descriptors: who cannot be asked at once waits until another has ended
for i in 1 2 3 4 5 6; do qube "few$i" delay=0.3 "$GOOD"; done
run bash -c 'ulimit -n 12; exec mon-scrape --self sys-monitor few1 few2 few3 few4 few5 few6'
is "out of descriptors: all are asked, one after the other" "0 6" "$code $(grep -c 'scrape: ok,' "$work/.out")"
run bash -c 'ulimit -n 6; exec mon-scrape --self sys-monitor few1'
is "not enough for one call: exit code" 1 "$code"
like "not enough for one call: told" 'cannot ask all qubes: Too many open files' "$err"

# --- hostile answers
qube flood flood
qube noline flood-noline
qube forge forge
qube nul nul
qube escape escape
qube rows "print=$(for i in $(seq 200); do printf 'net: e%d,1,1,1,1,1,1\\n' "$i"; done)"
qube alarm "print=$(for i in $(seq 100); do printf 'alert: a%d\\n' "$i"; done)"
qube lines "print=$(for i in $(seq 600); do printf 'x\\n'; done)"
qube long "print=alert: $(head -c 5000 /dev/zero | tr '\0' x)\nconn: 1,1\n"
scrape flood noline forge nul escape rows alarm lines long
is "hostile: exit code" 3 "$code"
like "endless lines: too-big, at most 512 lines" '^too-big,65536,' "$(result flood)"
is "endless bytes: too-big, nothing taken" "too-big,65536,0,1" "$(result noline)"
is "128 rows a kind" "128,72" "$(result rows | cut -d, -f3-)"
is "32 alerts" "32,68" "$(result alarm | cut -d, -f3-)"
is "512 lines" "too-big,1200,0,513" "$(result lines)"
is "a line over 4 KiB is dropped whole, the next is taken" "1,1" "$(result long | cut -d, -f3-)"
unlike "no guest can send scrape: or state:" '^[^ ]* forge (state: |scrape: ok,[0-9]+,[0-9]+,[0-9]+,0)' "$out"
is "one scrape: line for each, whatever they send" "$(echo alarm escape flood forge lines long noline nul rows | tr ' ' '\n')" \
	"$(awk '$3 == "scrape:" { print $2 }' "$work/.out" | sort)"
is "every line is stamped by us" "" "$(grep -avE '^20[0-9-]{8}T[0-9:]{8}Z [a-z]+ [a-z]+: ' "$work/.out")"
is "no byte that a terminal obeys" "" "$(tr -d '\12\40-\176' <"$work/.out")"
unlike "! at the start of a message is ours" ' alert: [!=+@-]' "$out"
mon-split --dir H <"$work/.out"
is "| mon-split takes every line" 0 "$?"
ok "| mon-split: exact columns" awk -F, 'FNR == 1 { n = NF } NF != n { exit 1 }' H/*/*.csv
rm "$FAKE_QUBES"/qubes/*

# --- whom to ask
forget
for q in a b c; do qube $q "$GOOD"; done
qube off "$GOOD" state=Halted
qube sys-monitor "$GOOD"
run bash -c "mon-vmstate | mon-scrape --self sys-monitor -"
is "- asks the Running ones of state: lines, not dom0, not itself" "a b c" "$(asked | sort | tr '\n' ' ' | sed 's/ $//')"
is "- exit code" 0 "$code"
forget; printf '%s\n' a b | mon-scrape - >/dev/null
is "- takes bare names" "a b" "$(asked | sort | tr '\n' ' ' | sed 's/ $//')"
forget; run bash -c "mon-vmstate | grep ' b ' | mon-scrape -"
is "grep is a filter" "b" "$(asked | grep -v dom0)"
forget; scrape --exclude '[ab]' a b c
is "--exclude" "c" "$(asked)"
forget; MON_EXCLUDE='a c' scrape - < <(printf '%s\n' a b c a b)
is "MON_EXCLUDE; a name twice is asked once" "b" "$(asked)"
forget; run mon-scrape --self c - < <(printf '%s\n' a c dom0)
is "--self is not asked" "a" "$(asked)"
forget; scrape - < <(printf '%s\n' a '../x' '-rf' "$NOW b conn: 1,1" "$NOW b state: Running")
is "a partly bad list: exit code, the rest is asked" "3 a b" "$code $(asked | sort | tr '\n' ' ' | sed 's/ $//')"
like "a partly bad list: said once" '^mon-scrape: line 2 on stdin names no qube' "$err"
scrape - </dev/null
is "an empty list: nobody is asked, and that is said" "0  mon-scrape: the list on stdin names no other qube: nobody is asked" "$code $out $err"
forget; scrape -x '*' - < <(printf '%s\n' a b)
is "a list of excluded ones: said" "0  mon-scrape: all 2 qubes on stdin are excluded: nobody is asked" "$code $out $err"
scrape -x '*' a b
is "names that are excluded: exit code, nobody is asked" "3  " "$code $out $(asked)"
is "... each is said" "mon-scrape: a: it is excluded (--exclude, MON_EXCLUDE), and not asked
mon-scrape: b: it is excluded (--exclude, MON_EXCLUDE), and not asked" "$err"
forget; scrape - < <(printf '%s\n' "$NOW a state: Running" "$NOW a xen: 1,2" "$NOW b gpu: 1" "$NOW c net: eth0,1,1,1,1,1,1")
is "state lines are taken, other kinds ignored" "0 a" "$code $(asked | xargs)"

# --- what dom0's list knows of names
qube far class=RemoteVM "$GOOD"
forget; run bash -c "mon-vmstate | mon-scrape --self sys-monitor -"
is "a qube of another machine is never asked" "a b c" "$(asked | sort | xargs)"
unlike "... and not filed" ' far ' "$out"
forget; scrape far a
is "... not even by its name" "3 a" "$code $(asked | xargs)"
like "... and that is said" '^mon-scrape: far: it is a qube of another machine \(RemoteVM\), which is never asked$' "$err"
forget; scrape - < <(printf '%s\n' far a)
is "... nor by its bare name on stdin" "3 a" "$code $(asked | xargs)"
scrape wrok
is "a name that is none: exit code" "3 refused,0,0,0" "$code $(result wrok)"
is "... said" "mon-scrape: wrok: there is no such qube; mon-vmstate lists all" "$err"
scrape off
is "one that does not run" "mon-scrape: off: refused: it does not run, and no qube is started to be asked" "$err"
qube shut deny
scrape shut
is "one that the policy refuses" "mon-scrape: shut: refused: dom0's policy lacks qubes.Metrics.Get for it" "$err"
echo only-dom0 >"$FAKE_QUBES/dom0"
scrape wrok
like "the policy hides the qubes: nothing is known" 'wrok: refused: it is not running, or the policy lacks' "$err"
rm "$FAKE_QUBES/dom0" "$FAKE_QUBES/qubes/far" "$FAKE_QUBES/qubes/shut"

# --- MON_NO_HANDLER: listed, not asked, no reproach
forget
MON_NO_HANDLER='b uni*' run bash -c "mon-vmstate | mon-scrape --self sys-monitor -"
is "who never answers is not asked" "0  a c" "$code $err $(asked | sort | xargs)"
is "... and has no row" "" "$(result b)"
like "... and is listed" ' b state: Running$' "$(MON_NO_HANDLER=b mon-vmstate)"
MON_NO_HANDLER=b scrape b
is "... but by its name" "ok,99,3,0" "$(result b)"
run timeout 20 mon-scrape --deadline 0.3 - < <(exec sleep 20)
is "a list that does not come: exit code" 1 "$code"
like "a list that does not come: said" 'does mon-vmstate hang' "$err"
kill $! 2>/dev/null

# --- 40 qubes, 39 hung from the very first poll, the honest one last in the list
forget; rm "$FAKE_QUBES"/qubes/*
for i in $(seq 10 48); do qube h$i hang; done
qube zz "$GOOD"
t0=$(date +%s%N)
run bash -c "mon-vmstate | mon-scrape --self sys-monitor -"
t1=$(date +%s%N)
is "39 of 40 hung: exit code" 3 "$code"
like "39 of 40 hung: the honest one has its rows" "^ok,99,3,0$" "$(result zz)"
is "39 of 40 hung: each is a timeout" 39 "$(grep -c 'scrape: timeout' "$work/.out")"
ok "39 of 40 hung: before the next poll" [ $(((t1 - t0) / 1000000)) -lt 10000 ]
is "39 of 40 hung: one line a qube" 39 "$(wc -l <"$work/.err")"
rm -f "$FAKE_QUBES/log"
run bash -c "mon-vmstate | mon-scrape --self sys-monitor -"
is "the next poll leaves them alone" "39 zz" "$(grep -c 'scrape: backoff,0,0,0,0' "$work/.out") $(asked | grep -v dom0)"
is "the next poll says nothing new" "" "$err"
is "a name as argument is asked all the same" "timeout" "$(mon-scrape --timeout 0.2 h10 2>/dev/null | sed 's/.*scrape: \([a-z]*\),.*/\1/')"

# --- the pause grows, ends with a change of state, and clocks may jump
forget
qube sick hang
poll() { mon-scrape --timeout "${patience:-0.1}" --now "$1" - 2>/dev/null | sed -n 's/.* sick scrape: \([a-z]*\),.*/\1/p'; }
at() { printf '%s sick state: %s\n' "$1" "${2:-Running}" | poll "$1"; }
is "first timeout" timeout "$(at 2025-08-31T12:00:00Z)"
is "10 s later: left alone" backoff "$(at 2025-08-31T12:00:10Z)"
is "20 s later: asked again" timeout "$(at 2025-08-31T12:00:20Z)"
is "a state change ends it" "timeout" "$(at 2025-08-31T12:00:30Z Halted; at 2025-08-31T12:00:30Z)"
is "an hour of silence: left alone for an eighth of that" "timeout backoff timeout" \
	"$(at 2025-08-31T13:00:30Z) $(at 2025-08-31T13:07:50Z) $(at 2025-08-31T13:08:00Z)"
is "never longer than a quarter of an hour" "timeout backoff timeout" \
	"$(at 2025-08-31T22:00:30Z) $(at 2025-08-31T22:15:20Z) $(at 2025-08-31T22:15:30Z)"
is "a clock set back ends it" timeout "$(at 2025-08-31T01:00:00Z)"
qube sick "$GOOD"
patience=3 # a machine under load answers late, too
is "one that answers again starts anew" "ok ok" "$(at 2025-08-31T23:00:00Z) $(at 2025-08-31T23:00:10Z)"

# --- thirty that answer in 50 ms
forget; rm "$FAKE_QUBES"/qubes/*
for i in $(seq 10 39); do qube q$i delay=0.05 "$GOOD"; done
t0=$(date +%s%N)
run bash -c "mon-vmstate | mon-scrape --self sys-monitor -"
t=$((($(date +%s%N) - t0) / 1000000))
is "30 in 50 ms each: all ok ($t ms)" "0 30" "$code $(grep -c 'scrape: ok' "$work/.out")"
# No stopwatch, and a loaded machine starts fewer at a time.
most=$(awk '$5 == "admin.vm.List" { next } $2 == "call" { if (++n > m) m = n } $2 == "exit" { n-- } END { print m }' "$FAKE_QUBES/log")
ok "30 in 50 ms each: at most nine at a time, one of them just ending (seen: $most)" [ "$most" -ge 3 -a "$most" -le 9 ]
qube slow "print=conn: 1,1\n" delay=1 "$GOOD"
scrape --parallel 1 slow q10 q11
is "a slow one gives up its place and still answers" "ok,ok,ok" "$(printf '%s\n' slow q10 q11 | while read -r q; do result $q; done | cut -d, -f1 | paste -sd,)"
for i in $(seq 100 299); do qube h$i hang; done
forget
run bash -c "mon-vmstate | mon-scrape --self sys-monitor --deadline 3 -"
ok "the run has a deadline: who was not asked is skipped" [ "$(grep -c 'scrape: skipped' "$work/.out")" -gt 100 ]
is "every Running qube has its scrape: line" 231 "$(grep -c ' scrape: ' "$work/.out")"
run timeout 60 mon-scrape --parallel 1 --deadline 2 h100 h101 h102
is "the deadline: a timeout for who had the time of an answer, skipped for who had less" "timeout skipped" \
	"$(result h100 | cut -d, -f1) $(result h102 | cut -d, -f1)"

# --- a reader that sleeps: what came meanwhile came in time
forget; rm "$FAKE_QUBES"/qubes/*
for i in 1 2 3 4 5 6; do
	qube "wide$i" "print=$(for j in $(seq 32); do printf 'alert: Aug 31 12:00:00 a: %0380d%d\\n' 7 "$j"; done)"
done
qube late delay=0.7 "$GOOD"
mon-scrape --self sys-monitor --peek --timeout 1.5 wide1 wide2 wide3 wide4 wide5 wide6 late | { sleep 3; cat >"$work/.out"; }
is "more than a pipe holds, and its reader sleeps: all of it" "192 7" \
	"$(grep -c ' alert: ' "$work/.out") $(grep -c 'scrape: ' "$work/.out")"
is "an answer that came while we waited for the reader is in time" "ok" "$(result late | cut -d, -f1)"

# --- ends
forget
qube h100 hang
for i in 10 11 12; do qube q$i "$GOOD"; done
# until QUBE...: wait until these are called
cat >until <<'END'
for q; do for _ in $(seq 200); do grep -qs " call .* $q " "$FAKE_QUBES/log" && break; sleep 0.05; done; done
END
run bash -c 'mon-scrape --timeout 30 --deadline 30 h100 & bash until h100; kill -TERM $!; wait $!'
is "SIGTERM: exit code" 1 "$code"
is "SIGTERM: no client is left behind" "" "$(clients)"
rm "$FAKE_QUBES/log"
run bash -c 'mon-scrape late h100 & bash until late h100; kill -STOP $!; sleep 1; kill -TERM $!; kill -CONT $!; wait $!'
is "SIGTERM: an answer that had come by then is recorded" "1 ok" "$code $(result late | cut -d, -f1)"
run bash -c 'mon-scrape q10 q11 q12 2>err | true; exit ${PIPESTATUS[0]}'
is "a lost reader: exit code" 1 "$code"
like "a lost reader: said" 'cannot write to stdout' "$(cat err)"
run bash -c 'mon-scrape q10 >/dev/full'
is "a full stdout: exit code, said once" "1 1" "$code $(wc -l <"$work/.err")"
run env PATH="$MON_BIN:/usr/bin:/bin" mon-scrape work
is "no qrexec-client-vm: exit code, nobody is blamed" "1 " "$code $out"
like "no qrexec-client-vm: said" 'not on PATH.*--local' "$err"
run mon-scrape --state-dir /nonexistent/x q10
like "no state folder: said, and asked all the same" "cannot open '/nonexistent/x'" "$err"
is "no state folder: exit code" 0 "$code"
run mon-scrape - work
like "the list and a name: said" "^2 mon-scrape: '-', the list on stdin, stands alone" "$code $err"
for wrong in "" "dom0" "sys-monitor" "../x" "-x" "a -" "--local a" "--parallel 0 a" "--parallel 65 a" "--deadline x a" "--timeout 1.2345 a" "a --timeout" "--loc" "--now x a"; do
	scrape $wrong
	is "wrong usage '$wrong': exit code" 2 "$code"
	like "wrong usage '$wrong': said" '^mon-scrape: ' "$err"
done
MON_PARALLEL=many scrape q10
like "wrong MON_PARALLEL: names it" "MON_PARALLEL 'many'" "$err"
finish
