# docs/USE.md and docs/SAFETY.md: every command, setting, name and link in them works or exists.
#
# Not tested: lines after dom0$, vault$ and template#, and what systemd and journalctl really print.
. "$(dirname "$0")/lib.sh"
DOCS=("$MON_SRC"/docs/{USE,SAFETY}.md)
text() { cat "${DOCS[@]}"; }
# commands FILE...: what stands after "$ " in the console blocks
commands() { sed -n '/^ *```console$/,/^ *```$/s/^ *\$ //p' "$@"; }
# blocks KIND FILE...: the text of the blocks of this kind, each ended by a line "--"
blocks() {
	local kind=$1
	shift
	awk -v begin="^ *\`\`\`$kind\$" '$0 ~ begin { on = 1; next } on && /^ *```$/ { on = 0; print "--"; next } on' "$@"
}
is "there is something to run" "yes" "$([ "$(commands "${DOCS[@]}" | wc -l)" -ge 30 ] && echo yes)"

# --- a machine; what is not there (systemd, root, /run, /rw) is played
mkdir bin drop-ins rw fake-run fake-run/qubes-service
: >fake-run/qubes-service/sys-monitor
blocks sh "${DOCS[@]}" | sed '/^--$/d' >drop-ins/open-files
chmod 755 drop-ins drop-ins/open-files
cat >bin/sudo <<'END'
#!/bin/bash
exec "$@"
END
cat >bin/systemctl <<'END'
#!/bin/bash
# Units are those of the tree; "start" runs what stands in them.
verb=$1
shift
if [ "$verb" = list-timers ]; then
	for t in "$MON_SRC"/systemd/$1.timer; do echo "${t##*/}"; done
	exit
fi
for unit; do
	case $unit in *.*) ;; *) unit=$unit.service ;; esac
	file=$MON_SRC/systemd/$unit
	[ -e "$file" ] || { echo "Unit $unit could not be found." >&2; exit 5; }
	case $verb in
	status | cat) echo "$unit" ;;
	start | restart)
		[ "${unit##*.}" = service ] || continue
		read -ra words <<<"$(sed -n 's/^ExecStart=//p' "$file")"
		"${words[@]}" >/dev/null
		code=$?
		[ $code = 0 ] || { [ $code = 3 ] && grep -qx SuccessExitStatus=3 "$file"; } || exit 1
		;;
	*) echo "not played: $verb" >&2; exit 2 ;;
	esac
done
END
cat >bin/journalctl <<'END'
#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in
	-u) [ -e "$MON_SRC/systemd/${2%.service}.service" ] || { echo "no unit $2" >&2; exit 1; }; echo "$2"; shift 2 ;;
	-n) shift 2 ;;
	*) echo "not played: $1" >&2; exit 2 ;;
	esac
done
END
cat >bin/mon-doctor <<END
#!/bin/bash
exec "$MON_BIN/mon-doctor" --run "$work/fake-run" --settings "$work/rw/sys-monitor.conf" "\$@"
END
cat >bin/mon-settings <<END
#!/bin/bash
dir="--unit-dir $work/rw"
[ "\${1-}" != --dry-run ] || dir=
exec "$MON_BIN/mon-settings" --file "$work/rw/sys-monitor.conf" \$dir "\$@"
END
chmod 755 bin/*
export PATH=$work/bin:$PATH MON_SELF=sys-monitor
: >rw/sys-monitor.conf
echo MON_KEEP=10000 >>rw/sys-monitor.conf # so that --dry-run and the backup leave the old day
echo MON_INTERVAL=30 >>rw/sys-monitor.conf

fresh() {
	rm -rf ~/Monitor "$FAKE_QUBES"/* "$XDG_RUNTIME_DIR/sys-monitor"
	mkdir -p "$FAKE_QUBES/qubes"
	qube sys-monitor exit=0
	qube secrets-vault state=Halted
	qube work "honest=$FIXTURES/debian-12 --dropins=$work/drop-ins"
	qube mail 'print=conn: 1,1\nalert: Aug 31 12:00:00 kernel: a link is up\nalert: Aug 31 12:00:01 sudo[123]: a\nalert: Aug 31 12:00:02 sudo[124]: b\n'
	mon-vmstate | mon-scrape --take - | mon-split
	mon-vmstate | mon-split
	echo "$(date -u +%FT%TZ) media disk: /dev/xvdb,/rw,1000,950,50,95%" | mon-split
	local yesterday clock
	yesterday=$(date -d yesterday +%Y-%m-%d)
	for clock in 10:02:30 14:30:00; do
		mon-scrape --now "${yesterday}T${clock}Z" work | mon-split
	done
	printf '%s\n' "$1 work conn: 1,1" | mon-split
	mon-archive >/dev/null
	printf '%s\n' '2025-08-31T12:00:00Z work conn: 1,1' '2025-08-31T12:00:00Z disp1234 conn: 1,1' | mon-split
}
try() {
	local command=$1 played
	[ "$changed" = no ] || fresh "$(date -u -d '3 days ago' +%Y-%m-%dT12:00:00Z)"
	changed=no
	case $command in *'systemctl start'* | *'systemctl restart'* | 'sed -i'*) changed=yes ;; esac
	played=${command//\/run\/qubes-service/$work/fake-run/qubes-service}
	run timeout 60 bash -c "set -o pipefail; $played"
	case $command in
	mon-doctor*) like "$ $command: exit code" '^[013]$' "$code" ;; # 1: no systemd is here
	*) is "$ $command: exit code, silent on stderr" "0 " "$code $err" ;;
	esac
	case $command in
	*'systemctl start'* | *'systemctl restart'* | 'sed -i'* | *'>day.html') is "$ $command: prints nothing" "" "$out" ;;
	*) like "$ $command: prints something" . "$out" ;;
	esac
}
# A day that begins in the middle would take the rows of today away.
day=$(date -I) changed=yes
while read -r command; do
	if [ "$day" != "$(date -I)" ]; then exec bash "$0"; fi
	try "$command"
done < <(commands "${DOCS[@]}")

# --- what the commands are said to show
fresh 2025-08-30T12:00:00Z
run mon-scrape work
like "the metric of the page is answered" '^[^ ]* work custom: open_files,[0-9]+$' "$out"
like "it is filed" '^[^,]*,work,open_files,[0-9]+$' "$(cat ~/Monitor/$(date -I)/custom.csv)"
like "the qube that keeps CPUs busy" '^0\.[0-9]+ work$' "$(bash -c "$(commands "${DOCS[@]}" | grep 'busy\[\$2\]')")"
like "disks over 90 %" '^95% media /rw$' "$(bash -c "$(commands "${DOCS[@]}" | grep -- '--kind disk')")"
unlike "no image is one" modules "$(bash -c "$(commands "${DOCS[@]}" | grep -- '--kind disk')")"
like "the hour of yesterday" '^work ' "$(bash -c "$(commands "${DOCS[@]}" | grep -- '--from 14:00')")"
like "the minute of yesterday" 'T10:02:30Z work sys: ' "$(bash -c "$(commands "${DOCS[@]}" | grep -- '--from 10:02')")"
like "a week, a line a day" "^$(date -d yesterday +%a)|$(date -d yesterday +%Y-%m-%d)" "$(bash -c "$(commands "${DOCS[@]}" | grep -- '--from -7d')")"
bash -c "$(commands "${DOCS[@]}" | grep -- '--html')"
like "the page of a day" '^<!DOCTYPE html>' "$(head -n 1 day.html)"
have python3 && is "the stamp of a local time" "$(TZ=Europe/Berlin python3 -c 'import datetime as d
y = d.datetime.now().date() - d.timedelta(days=1)
print(d.datetime(y.year, y.month, y.day, 14).astimezone(d.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))')" \
	"$(TZ=Europe/Berlin bash -c "$(commands "${DOCS[@]}" | grep '^date -u')")"
is "who did not answer" "1 mail ok
1 work ok" "$(bash -c "$(commands "${DOCS[@]}" | grep 'n\[\$2 " " \$3\]')" | sort)"
is "who sends most alerts" "2 mail sudo
1 mail kernel" "$(bash -c "$(commands "${DOCS[@]}" | grep 'split(\$3')" | sed 's/^ *//')"
is "the days that wait" 2025-08-31 "$(mon-archive --dry-run)"
mon-archive >/dev/null
bash -c "$(commands "${DOCS[@]}" | grep '^sed -i')"
is "a qube taken out of a day" "work" "$(sed '1d' ~/Monitor/2025-08-31/connections.csv | cut -d, -f2)"
is "that day goes to the vault again" "2025-08-31" "$(mon-archive --dry-run)"
mon-archive >/dev/null
is "as .1" "monitor-2025-08-31.1.tgz monitor-2025-08-31.tgz" \
	"$(cd "$FAKE_QUBES/vault/secrets-vault/QubesIncoming/sys-monitor" && echo monitor-2025-08-31*)"

# --- settings
n=0
while read -r line; do
	if [ "$line" = -- ]; then
		run "$MON_BIN/mon-settings" --dry-run --file page.conf
		is "settings of the page: $(tr '\n' ' ' <page.conf)" "0 " "$code $err"
		: >page.conf
		n=$((n + 1))
	else
		printf '%s\n' "$line" >>page.conf
	fi
done < <(blocks conf "${DOCS[@]}")
is "settings were tried" yes "$([ $n -ge 6 ] && echo yes)"
"$MON_BIN/mon-settings" --example >example
for key in $(text | grep -oE '\b(MON_[A-Z_]+|BACKUP_[A-Z]+)\b' | sort -u); do
	like "$key is a setting, or the sampler's" "^#$key=|\[$key" "$(cat example; mon-sample --help)"
done
for pair in MON_TIMEOUT=3 MON_KEEP=14 MON_BACKUP_TIME=03:50 MON_INTERVAL=10 BACKUP_VAULT=secrets-vault; do
	like "the default that the page gives: $pair" "^#$pair$" "$(cat example)"
done

# --- names
for tool in $(text | grep -oE '\bmon-[a-z]+\b' | sort -u); do
	[ "$tool" = mon-sample ] || ok "$tool is a tool" test -x "$MON_BIN/$tool"
done
for unit in $(text | sed 's/sys-monitor-//g' | grep -oE '\bmonitor-[a-z]+(\.(timer|service))?\b' | sort -u); do
	case $unit in *.*) ;; *) unit=$unit.service ;; esac
	ok "$unit is a unit" test -e "$MON_SRC/systemd/$unit"
done
for link in $(text | grep -oE '\]\([A-Z]+\.md\)' | tr -d '](' | tr -d ')' | sort -u); do
	ok "$link is a page" test -e "$MON_SRC/docs/$link"
done
for file in $(text | grep -oE '`(lib|tools|docs)/[a-z./]+`' | tr -d '`' | sort -u); do
	ok "$file is a file" test -e "$MON_SRC/$file"
done
for csv in $(text | grep -oE '\b[a-z]+\.csv\b' | sort -u); do
	like "$csv is a file of the record" "$csv" "$(mon-split --schema; echo archives.csv)"
done
for key in $(text | grep -oE 'Pillar:( add it to)? `[a-z_]+:' | grep -oE '[a-z_]+:$' | sort -u); do
	like "$key is a key of the pillar" "^ *#? *$key" "$(cat "$MON_SRC/salt/pillar.example")"
done
results=$(sed -n '/^| `scrape.csv` says/,/^$/s/^| `\([a-z-]*\)` .*/\1/p' "$MON_SRC/docs/USE.md" | sort -u)
is "every result has its row" "$(mon-split --schema | sed -n 's/.*| *result .*| \(ok, .*skipped\) *|*$/\1/p' | sed 's/, \| or /\n/g' | sort)" "$results"
policy=$(sed 's/  */ /g' "$MON_SRC/policy/30-metrics.policy")
text | grep -oE '`(qubes\.(Metrics\.Get|Filecopy)|admin\.vm\.List) [+*] [^`]*`' | tr -d '`' | sort -u >lines
is "lines of the policy are quoted" yes "$([ "$(wc -l <lines)" -ge 2 ] && echo yes)"
while read -r line; do
	like "the policy has: $line" "^${line//[+*]/[+*]}( |\$)" "$policy"
done <lines
finish
