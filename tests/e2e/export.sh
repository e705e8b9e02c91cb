# mon-export: every row in every format, with its values as filed.
. "$(dirname "$0")/lib.sh"
T=2025-08-31T12:00:10Z NS=1756641610000000000
one() { run mon-export "$@" <<<"$line"; }

line="$T work net: eth0,1234567,0,0,7654321,0,0"
one lp
is "lp: names are labels, integers are integers" \
	"network,vm=work,if=eth0 rx_bytes=1234567i,rx_errs=0i,rx_drop=0i,tx_bytes=7654321i,tx_errs=0i,tx_drop=0i $NS" "$out"
one jsonl
is "jsonl: an object" \
	'{"ts":"'$T'","vm":"work","kind":"net","if":"eth0","rx_bytes":1234567,"rx_errs":0,"rx_drop":0,"tx_bytes":7654321,"tx_errs":0,"tx_drop":0}' "$out"
one om
like "om: a family a column" '^network_tx_bytes\{vm="work",if="eth0"\} 7654321 1756641610$' "$out"
is "om: its end" '# EOF' "${out##*$'\n'}"
one sql
like "sql: a row" "^INSERT INTO \"network\" VALUES \('$T','work','eth0',1234567,0,0,7654321,0,0,1\) ON CONFLICT DO NOTHING;\$" "$out"

line="$T work disk: /dev/xvdb,/rw\\040x,52428800,1000000,51428800,2%"
one lp
like "the % goes" ',pct_used=2i ' "$out"
one om
like "om: a backslash is doubled" 'mount="/rw\\\\040x"' "$out"
line="$T work custom: temperature,-5.5"
one lp
is "below zero" "custom,vm=work,name=temperature value=-5.5 $NS" "$out"
line="$T work state: Running"
one lp
is "a word is a label, and the value 1" "qubes,vm=work,state=Running value=1i $NS" "$out"

line="$T work alert: Aug 31 12:00:09 a: it's \"so\" \\ c, d"
one lp
is "lp: a text" "alerts,vm=work msg=\"Aug 31 12:00:09 a: it's 'so' \\\\ c d\",value=1i $NS" "$out"
one sql
like "sql: quotes are doubled" "'Aug 31 12:00:09 a: it''s ''so'' .* c d',1\)" "$out"

# What a database would take for the same.
twice=$line$'\n'$line
run mon-export lp <<<"$twice"
is "two equal alerts are two series" 1 "$(grep -c ',n=2 ' <<<"$out")"
run mon-export lp <<<"$T a net: eth0,1,0,0,1,0,0"$'\n'"$T b net: eth0,1,0,0,1,0,0"$'\n'"$T a net: eth0,2,0,0,1,0,0"
is "an interface that is sent twice, another qube between" "1 network,vm=a,if=eth0,n=2 rx_bytes=2i" \
	"$(grep -c n= <<<"$out") $(grep n= <<<"$out" | cut -d, -f1-4)"
run mon-export lp <<<"$T a conn: 1,1"$'\n'"${T%10Z}11Z a conn: 1,1"
unlike "another second begins anew" ',n=' "$out"
run mon-export lp <<<"$T a alert: x"$'\n'"${T%10Z}11Z a state: Running"$'\n'"$T a alert: !rule"
is "a second that goes on behind another" "alerts,vm=a,n=2" "$(grep rule <<<"$out" | cut -d' ' -f1)"

at() { echo "${T%10Z}$1Z"; }
printf '%s\n' "$T b conn: 3,1" "$(at 20) a conn: 2,2" "$T a conn: 1,2" "$(at 30) c conn: 1,1" \
	"$(at 31) c conn: 1,1" "$(at 32) c conn: 1,1" "$(at 33) c conn: 1,1" "$(at 20) a conn: 9,2" >lines
run mon-export om <lines
is "om: a series in one piece, times rise, of a second twice the later row" \
	'{vm="a"} 1 1756641610 {vm="a"} 9 1756641620 {vm="b"} 3 1756641610' \
	"$(sed -n '/{vm="c"}/d; s/^connections_tcp_established//p' <<<"$out" | xargs -d '\n')"

# Real readers.
if have sqlite3; then
	for _ in 1 2; do mon-export sql --tag machine=x <<<"$twice" | sqlite3 db; done
	is "sqlite: twice loaded is once loaded" 2 "$(sqlite3 db 'SELECT count(*) FROM alerts')"
	is "sqlite: the tag is a column" x "$(sqlite3 db 'SELECT DISTINCT machine FROM alerts')"
	mon-export sql <<<"$T a conn: 9223372036854775807,10" | sqlite3 db2
	is "sqlite: numbers are numbers" 9223372036854775807 "$(sqlite3 db2 'SELECT max(tcp_established) FROM connections')"
fi
if have python3; then
	is "jsonl: a reader gets the text back" "Aug 31 12:00:09 a: it's 'so' \\ c d" \
		"$(mon-export jsonl <<<"$line" | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["msg"])')"
fi

# Bad input.
run mon-export lp <<<"$T work conn: 1,2"$'\nrubbish\n'"$T work later: 1"
is "bad lines: dropped, told, exit 3" "3 1" "$code $(grep -c connections <<<"$out")"
like "the first one is named" 'dropped 1 bad line.*line 2: no stamp' "$err"
like "a later kind is told" '1 line.* of kinds that this version does not know' "$err"
run mon-export lp <<<"2262-04-11T23:47:16Z w conn: 1,2"
is "lp: the last second of 64 bits of nanoseconds" "0 9223372036000000000" "$code ${out##* }"
run mon-export lp <<<"2262-04-11T23:47:17Z w conn: 1,2"$'\n'"$T w conn: 1,2"
is "lp: a second more is dropped, exit 3" "3 connections,vm=w tcp_established=1i,udp_sockets=2i $NS" "$code $out"
like "lp: and told" 'dropped 1 bad line; the first was line 1: a time later than the format can hold' "$err"
run mon-export jsonl <<<"9999-12-31T23:59:59Z w conn: 1,2"
is "jsonl: any time" 0 "$code"
run mon-export lp <<<"$T work later: 1"
is "a later kind alone is no error" 0 "$code"
for wrong in "" nope "lp --tag x" "lp --tag vm=x" "lp --tag n=1" "lp --tag mount=x" "lp --tag A=x" "lp --tag time=1" "lp --tag __name__=x" "lp --tag a=" "lp --tag a=b,c" \
	"lp --tag a=1 --tag a=2" "lp --chunk 10M" "lp cat" "om --chunk 1M cat" "lp --chunk x cat"; do
	# shellcheck disable=SC2086 # one word an argument
	run mon-export $wrong </dev/null
	is "wrong usage '$wrong': 2" 2 "$code"
	like "wrong usage '$wrong': said" '^mon-export: ' "$err"
done
run mon-export lp </dev/null
is "nothing in, nothing out" "0 " "$code $out"
run bash -c 'head -c 1000000 /dev/zero | mon-export lp'
is "a line without end is dropped" 3 "$code"
run bash -c "yes '$T work conn: 1,2' | head -n 100000 | mon-export lp >/dev/full"
is "a full disk: 1" 1 "$code"
like "a full disk: said" '^mon-export: cannot write the output: No space' "$err"
TMPDIR=$work/none run mon-export om <<<"$T work conn: 1,2"
is "om: no place for its temporary file: 1" 1 "$code"
like "om: it is not the output" '^mon-export: cannot make a temporary file in TMPDIR or /var/tmp: No such file' "$err"
run bash -c "ulimit -f 64; trap '' XFSZ; yes '$T work conn: 1,2' | head -n 10000 | mon-export om >/dev/null"
like "om: no room in it" "1 mon-export: cannot write to a temporary file in TMPDIR or /var/tmp: File too large" "$code $err"
run bash -c "yes '$T work conn: 1,2' | head -n 100000 | { mon-export lp; echo \$? >exit; } | head -n 1"
is "a reader that has enough is no error: it ends as cat does" "1//141" "$(wc -l <<<"$out")/$err/$(cat exit)"

# Chunks.
yes "$T work conn: 1,2" | head -n 1000 >lines
mon-export lp <lines >whole
run mon-export lp --chunk 1000 sh -c 'cat >chunk.$$; tail -c 1 chunk.$$ | od -An -c' <lines
is "no row is torn" n "$(sort -u <<<"$out" | xargs)"
is "together they are all" "$(sort whole | sha256sum)" "$(cat chunk.* | sort | sha256sum)"
is "none is larger" "" "$(find . -name 'chunk.*' -size +1000c)"
run mon-export lp --chunk 1000 false <lines
is "a command that fails: 1" 1 "$code"
like "and how" "'false' failed with exit code 1" "$err"
run mon-export lp --chunk 1000 ./missing <lines
like "a command that is missing" "cannot run './missing'.*No such file" "$err"

# Behind mon-cat --follow.
{ echo "$T work conn: 1,2"; sleep 4; } | mon-export lp | { read -r -t 3 first; printf '%s' "$first" >first; cat >/dev/null; }
like "what has come does not wait for more" "^connections,vm=work" "$(cat first)"
{ echo "$T work conn: 1,2"; sleep 2.5; echo "$T work conn: 3,4"; } | mon-export lp --chunk 1M sh -c 'wc -l >>counts'
is "after a silence a chunk ends" "1 1" "$(xargs <counts)"
finish
