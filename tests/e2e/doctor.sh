# mon-doctor: each fault gets its own line, with the remedy that fits; what is well is said to be.
. "$(dirname "$0")/lib.sh"
need script
NOW=2025-08-31T12:00:10Z
export MON_SELF=sys-monitor
GOOD='print=conn: 12,4\n'
unset MON_SETTINGS # the option names it
doctor() { run timeout 60 mon-doctor --now $NOW --run "$work/fake-run" --settings "$work/conf" "$@"; }
# systemd, as far as it is asked: the file "systemctl.out" is what it says.
mkdir bin && cat >bin/systemctl <<'END'
#!/bin/bash
say() { [ -e "$1" ] && IFS= read -r -d '' all <"$1"; printf %s "$all"; [ -e "$1" ]; } # cat, without a process
[ "$1" = --user ] && { say "$FAKE_SYSTEMCTL.user"; exit; }
[ "$TZ $1" = "UTC show" ] && say "$FAKE_SYSTEMCTL"
END
chmod 755 bin/systemctl
export FAKE_SYSTEMCTL=$work/systemctl.out PATH=$work/bin:$PATH
units() { # units [SED-EXPRESSION]: all is well, but for what the expression changes
	for t in poll qubes backup; do
		printf '%s\n' "NextElapseUSecRealtime=Sun 2025-08-31 12:00:20 UTC" "LastTriggerUSec=Sun 2025-08-31 12:00:10 UTC" \
		    Result=success Id=monitor-$t.timer LoadState=loaded ActiveState=active NeedDaemonReload=no '' \
		    Result=success Id=monitor-$t.service LoadState=loaded ActiveState=inactive NeedDaemonReload=no ''
	done | sed "${1-}" >"$FAKE_SYSTEMCTL"
}
# about SUBJECT: its lines
about() { grep -E "^[A-Za-z]+ +$1: " "$work/.out"; }
poll() { mon-vmstate --now "${1-$NOW}" 2>/dev/null | mon-scrape --now "${1-$NOW}" --timeout 2 - 2>/dev/null | mon-split; }
fresh() {
	rm -rf ~/Monitor "$FAKE_QUBES"/* "$XDG_RUNTIME_DIR/sys-monitor"
	mkdir -p "$FAKE_QUBES/qubes"
	qube sys-monitor exit=0
	qube secrets-vault state=Halted
	qube work "$GOOD"
}

# --- nothing is there
rm -rf "$FAKE_QUBES/qubes"
: >conf
doctor --dir nowhere
is "nothing there: exit code, silent" "1 " "$code $err"
like "no flag" '^FAIL  service: there is no .*/fake-run/qubes-service/sys-monitor.* -> in dom0: qvm-service sys-monitor sys-monitor on' "$(about service)"
like "no systemd is said, not guessed" '^warn  timers: not checked, systemctl show gave no answer' "$(about timers)"
like "no folder" '^FAIL  folder: there is no nowhere -> sudo systemctl restart monitor-settings makes it' "$(about folder)"

# --- all is well
units
mkdir -p fake-run/qubes-service && : >fake-run/qubes-service/sys-monitor
fresh
qube mail "$GOOD"
qube off state=Halted
poll
doctor
is "all well: exit code, no warning" "0 " "$code $(grep -v '^ok ' "$work/.out")"
is "the timers" "ok    monitor-poll.timer: it is active, last run 0 s ago" "$(about monitor-poll.timer)"
is "no settings" "ok    settings: $work/conf is right, and sets 0 keys" "$(about settings)"
is "the list" "ok    list: dom0 lists 6 qubes, 4 running" "$(about list)"
is "the last poll" "ok    poll: the last row is 0 s old" "$(about poll)"
is "the qubes" "ok    qubes: 2 of 2 running ones answer (besides: 2 not running, 0 excluded, 0 without a handler by MON_NO_HANDLER)" "$(about qubes)"
like "the clock" "^ok    clock: $NOW" "$(about clock)"
like "the space" '^ok    space: .* free; how long that lasts is not known' "$(about space)"
is "the vault" "ok    vault: secrets-vault, no copy is recorded yet" "$(about vault)"
unlike "no colour in a pipe" "$(printf '\033')" "$out"
run script -qec "mon-doctor --now $NOW --run $work/fake-run --settings $work/conf" /dev/null </dev/null
like "colour on a terminal" "$(printf '\033')\[32mok" "$out"
run script -qec "NO_COLOR=1 mon-doctor --now $NOW --run $work/fake-run --settings $work/conf" /dev/null </dev/null
unlike "NO_COLOR" "$(printf '\033')" "$out"
like "NO_COLOR: the rest is there" '^ok    list: ' "$out"
is "nothing is changed" "2025-08-31" "$(ls ~/Monitor)"
rm "$FAKE_QUBES/log"
doctor
is "no qube is called but dom0" "dom0 admin.vm.List" "$(awk '$2 == "call" { print $4, $5 }' "$FAKE_QUBES/log")"

# --- every way not to answer has its own line
fresh
qube denied deny
qube bare no-handler
qube hung hang
qube broken exit=5
qube big flood
for i in $(seq 60); do printf 'custom: x%0500d,1\n' "$i"; done >"$FAKE_QUBES/rows"
qube flood answer=rows
qube dirty 'print=conn: 1,1\nnonsense\n'
qube hidden-by-glob "$GOOD"
export MON_EXCLUDE='hidden-*' MON_QUOTA=16K
poll 2025-08-31T12:00:00Z
poll
qube late "$GOOD"
doctor
unset MON_EXCLUDE MON_QUOTA
like "refused by policy" '^FAIL  denied: it runs, and the call is refused by policy -> in dom0, .*30-metrics.policy needs: qubes.Metrics.Get \+ sys-monitor @anyvm allow autostart=no' "$(about denied)"
like "no handler" '^warn  bare: it has no handler qubes.Metrics.Get -> install sys-monitor-guest in its template.*restart bare; if it never can answer .* MON_NO_HANDLER$' "$(about bare)"
like "backoff" '^warn  hung: .*left alone for up to a quarter of an hour -> ask it now: mon-scrape hung;' "$(about hung)"
like "failed" '^warn  broken: its handler failed.* -> mon-scrape broken ' "$(about broken)"
like "too big" '^warn  big: .*over the bounds' "$(about big)"
like "over its quota" '^warn  flood: .*over its quota, and is cut off -> look at what it sends: mon-scrape flood;.* raise MON_QUOTA' "$(about flood)"
like "bad lines" '^warn  dirty: it answers, but 1 line of it was dropped -> mon-scrape dirty ' "$(about dirty)"
like "not asked yet" '^warn  late: it runs, and the last polls did not ask it -> look again' "$(about late)"
is "excluded: no line" "" "$(about hidden-by-glob)"
like "the others answer" '^ok    qubes: 1 of 9 running ones answer .*1 not running, 1 excluded' "$(about qubes)"
is "every line but ok has a remedy" "" "$(grep -v '^ok ' "$work/.out" | grep -v ' -> ')"
qube denied deny state=Halted
doctor
is "halted: no line, it is no fault" "" "$(about denied)"
fresh
qube hung hang
poll
doctor
like "timeout" '^warn  hung: it gave no whole answer in time -> ' "$(about hung)"

# --- the list
fresh
poll
echo only-dom0 >"$FAKE_QUBES/dom0"
doctor
like "only dom0 is visible" '^FAIL  list: .*no qube but dom0 -> .*30-metrics.policy needs: admin.vm.List \+ sys-monitor @anyvm allow target=@adminvm' "$(about list)"
is "without a list no qube is judged" "" "$(about qubes)"
echo deny >"$FAKE_QUBES/dom0"
doctor
like "the list is refused" '^FAIL  list: .*refused it -> .*admin.vm.List \+ sys-monitor @adminvm allow$' "$(about list)"
echo exception >"$FAKE_QUBES/dom0"
doctor
like "an error with exit 0" '^FAIL  list: dom0 answered with an error' "$(about list)"
printf '%s\n' 'print=0\0dom0 class=AdminVM state=Running\nwork class=AppVM state=Running\nno\ttab state=Running\n' >"$FAKE_QUBES/dom0"
doctor
like "a bad line in the list" '^warn  list: 1 line of' "$(about list)"
rm "$FAKE_QUBES/dom0"
PATH=$MON_BIN:/usr/bin:/bin doctor
like "no qrexec" '^FAIL  list: qrexec-client-vm is not on PATH' "$(about list)"

# --- the polls stopped; the clock jumped
fresh
poll 2025-08-31T11:00:00Z
doctor
like "old rows" '^FAIL  poll: the last row is 60 min old -> sudo systemctl start monitor-poll' "$(about poll)"
is "old rows: no qube is judged by them" "" "$(about qubes; about work)"
fresh
poll 2025-08-30T23:59:50Z
run mon-doctor --now 2025-08-31T00:00:05Z --run "$work/fake-run" --settings "$work/conf"
like "just after midnight: yesterday's rows" '^ok    poll: the last row is 15 s old' "$(about poll)"
fresh
poll 2025-08-20T12:00:00Z
doctor
like "nothing for days" '^FAIL  poll: no row of scrape.csv yesterday or today' "$(about poll)"
fresh
poll 2025-08-31T15:00:00Z
doctor
like "rows of later" '^FAIL  clock: .*the last row is 3 h 00 min later' "$(about clock)"
like "rows of later: poll" '^FAIL  poll: .*ahead of the clock' "$(about poll)"
poll
doctor
is "and when the clock was set: exit code" 0 "$code"
is "it is said" "ok    clock: $NOW; it was up to 3 h 00 min ahead today, and was set back since" "$(about clock)"
fresh
poll 2031-01-01T12:00:00Z
poll 2031-01-02T12:00:00Z
poll
doctor
like "days of later" '^warn  clock: .*there are 2 folders of later days, the first is 2031-01-01.* -> .*qvm-sync-clock; if it is right, take them out' "$(about clock)"
bash -c "$(about clock | sed 's/.*out of the record: //; s/ (and the later ones)//')"
rm -r ~/Monitor/2031-01-02
doctor
is "the remedy makes it green" "0 " "$code $(grep -v '^ok' "$work/.out")"

# --- the folder: gone, of another user
rm -r ~/Monitor
doctor
like "no folder" '^FAIL  folder: there is no .*/Monitor -> sudo systemctl restart monitor-settings makes it' "$(about folder)"
if [ "$(id -u)" = 0 ]; then
	fresh
	poll
	chown -R nobody ~/Monitor
	chown root ~/Monitor/2025-08-31/connections.csv
	doctor
	like "a file of root" '^FAIL  folder: 2025-08-31/connections.csv belongs to root, so nothing can be filed there -> sudo chown -R user:user .*/Monitor$' "$(about folder)"
	chown -R nobody ~/Monitor
	chown root ~/Monitor/2025-08-31
	doctor
	like "a day of root" '^FAIL  folder: 2025-08-31 belongs to root' "$(about folder)"
	chown -R nobody ~/Monitor
	doctor
	is "the remedy makes it green" "0 " "$code $(about folder)"
fi

# --- the zone
fresh
poll
TZ=Europe/Berlinn doctor
like "a zone that does not exist" '^warn  zone: there is no Europe/Berlinn, so the days are those of UTC -> ' "$(about zone)"
TZ=Europe/Berlinn run mon-split </dev/null
like "mon-split tells it, too" "^mon-split: there is no time zone 'Europe/Berlinn' \(TZ\), so days are those of UTC" "$err"

# --- the timers
fresh
poll
units '/monitor-qubes.timer/,/^$/s/ActiveState=active/ActiveState=inactive/'
doctor
like "a timer that is off" '^FAIL  monitor-qubes.timer: it is inactive -> sudo systemctl start monitor-qubes.timer' "$(about monitor-qubes.timer)"
units 's/NeedDaemonReload=no/NeedDaemonReload=yes/'
doctor
like "changed units" '^FAIL  monitor-poll.timer: its unit files were changed.* -> sudo systemctl daemon-reload$' "$(about monitor-poll.timer)"
units '/Id=monitor-backup.service/d'
doctor
like "a unit that is not told" '^warn  monitor-backup.timer: not checked' "$(about monitor-backup.timer)"
units

# --- what stands in the files is not believed
fresh
poll
printf 'nonsense\n\033[31m,\033]0;title\a\n' >>~/Monitor/2025-08-31/scrape.csv
printf '2025-08-31T12:00:10Z,work,refused,1,1,1' >>~/Monitor/2025-08-31/scrape.csv
doctor
like "lines that are no rows" '^warn  poll: 2 lines at the end of scrape.csv that are no row' "$(about poll)"
unlike "none of them is printed" "$(printf '\033')" "$out"
like "a row without LF does not count" '^ok    qubes: 1 of 1' "$(about qubes)"
echo "other,header" >~/Monitor/2025-08-31/scrape.csv
doctor
like "another header" '^FAIL  poll: 2025-08-31/scrape.csv cannot be used .*header' "$(about poll)"
rm ~/Monitor/2025-08-31/scrape.csv
mkfifo ~/Monitor/2025-08-31/scrape.csv
doctor
like "a FIFO does not hang it" '^FAIL  poll: 2025-08-31/scrape.csv cannot be used' "$(about poll)"
rm ~/Monitor/2025-08-31/scrape.csv
echo mine >~/mine && ln -s ~/mine ~/Monitor/2025-08-31/scrape.csv
doctor
like "a symlink is not followed" '^FAIL  poll: 2025-08-31/scrape.csv cannot be used' "$(about poll)"
fresh
poll
echo "other,header" >~/Monitor/2025-08-31/network.csv
mkfifo ~/Monitor/2025-08-31/io.csv
doctor
like "each of today's files is looked at" "^FAIL  record: 2025-08-31/network.csv .*header" "$(about record | grep network)"
like "... a FIFO, too" "^FAIL  record: 2025-08-31/io.csv is no plain file" "$(about record | grep io.csv)"
rm -r ~/Monitor/2025-08-31
echo mine >~/Monitor/2025-08-31
doctor
like "a file in the place of the day" '^FAIL  poll: 2025-08-31 is no folder' "$(about poll)"
rm ~/Monitor/2025-08-31

# --- a file of many rows: only its end is read
fresh
poll
row='2025-08-31T11:00:00Z,%s,refused,1,1,1,0\n'
# shellcheck disable=SC2059
{ head -n 1 ~/Monitor/2025-08-31/scrape.csv; for i in $(seq 20000); do printf "$row" "q$i"; done; tail -n +2 ~/Monitor/2025-08-31/scrape.csv; } >big
mv big ~/Monitor/2025-08-31/scrape.csv
doctor
like "20,000 rows: the last ones count" '^ok    qubes: 1 of 1' "$(about qubes)"
is "20,000 rows: the cut first line is no error" "ok    poll: the last row is 0 s old" "$(about poll)"
like "the rate of the first day" '^ok    space: .* free: ([0-9]+ days|years) at [0-9.]+ [KM]?i?B a day' "$(about space)"

# --- the backlog, the ledger, the vault
fresh
for d in 26 27 28 29 30; do poll 2025-08-${d}T12:00:00Z; done
poll
doctor
like "days that are not archived" '^warn  backup: 4 finished days are not safe in the vault, the oldest is 2025-08-26 -> sudo systemctl start monitor-backup' "$(about backup)"
mon-archive --now $NOW >/dev/null 2>&1
doctor
is "all archived" "ok    backup: 5 of 5 finished days are safe" "$(about backup)"
is "the last copy" "ok    vault: secrets-vault, the last copy is 0 s old" "$(about vault)"
echo "2025-08-28T12:00:00Z work conn: 1,1" | mon-split
doctor
like "a day that changed since" '^warn  backup: 1 finished day is not safe in the vault, the oldest is 2025-08-28' "$(about backup)"
echo 'no row' >>~/Monitor/archives.csv
doctor
like "the ledger has odd lines" '^warn  ledger: 1 line of archives.csv that is no row of it -> take them out' "$(about ledger)"
echo 'no header' >~/Monitor/archives.csv
doctor
like "the ledger has another header" '^FAIL  ledger: archives.csv cannot be used .*header' "$(about ledger)"
BACKUP_VAULT=elsewhere doctor
like "the vault is no qube" '^FAIL  vault: there is no qube elsewhere -> create it' "$(about vault)"
fresh
poll 2025-08-30T12:00:00Z
poll
doctor
is "yesterday may wait for the night" "ok    backup: 0 of 1 finished days are safe; yesterday's turn comes with the next backup" "$(about backup)"
fresh
poll 2025-08-28T12:00:00Z
mon-archive --now $NOW --no-copy >/dev/null 2>&1
doctor
like "archives on the disk of the days" '^warn  backup: the archives of 1 day lie on the disk of the days' "$(about backup)"

# --- the settings: what the units run with counts here too
fresh
rm -rf elsewhere
mkdir elsewhere
qube my-vault state=Halted
qube hidden-by-glob "$GOOD"
mon-vmstate --now $NOW | mon-scrape --now $NOW --exclude 'hidden-*' - | mon-split --dir elsewhere
printf '%s\n' "MON_DIR=$work/elsewhere" 'MON_EXCLUDE="hidden-* x"' BACKUP_VAULT=my-vault MON_SELF=sys-monitor >conf
unset MON_SELF
mkdir -p fake-run/systemd/system && mon-settings --file conf --unit-dir fake-run/systemd/system
doctor
is "settings: told" "ok    settings: $work/conf is right, and sets 4 keys" "$(about settings)"
like "settings: MON_DIR" '^ok    poll: the last row is 0 s old' "$(about poll)"
like "settings: MON_EXCLUDE" '^ok    qubes: 1 of 1 .* 1 excluded' "$(about qubes)"
like "settings: BACKUP_VAULT" '^ok    vault: my-vault' "$(about vault)"
BACKUP_VAULT=secrets-vault MON_EXCLUDE='y*' doctor
like "the environment goes before" '^ok    vault: secrets-vault' "$(about vault)"
like "the environment goes before: globs" '^warn  hidden-by-glob: ' "$(about hidden-by-glob)"
doctor --dir nowhere
like "an option goes before all" '^FAIL  folder: there is no nowhere' "$(about folder)"
export MON_SELF=sys-monitor
rm -r fake-run/systemd
run mon-doctor --now $NOW --run "$work/fake-run" --settings no-such-file
like "a file that is named and not there" '^FAIL  settings: cannot read no-such-file, so nothing in it counts \(No such file' "$(about settings)"
while IFS='|' read -r line level what; do
	printf '%s\n' BACKUP_VAULT=my-vault "$line" >conf
	doctor
	like "settings $line: told" "^$level  settings: $work/conf:2: '.*' does not count: $what -> mend that line; then: sudo systemctl restart monitor-settings$" "$(about settings)"
	like "settings $line: the others count" '^ok    vault: my-vault' "$(about vault)"
	is "settings $line: told once" 1 "$(about settings | wc -l)"
	is "settings $line: silent on stderr" "" "$err"
done <<'END'
MON_INTERVAL=7|warn|MON_INTERVAL must be one of these .*
NONSENSE=1|FAIL|there is no such key; .*
MON_DIR=a b|warn|quotes are needed .*
nonsense|FAIL|write KEY=value.*
MON_KEEP=14d|FAIL|MON_KEEP must be a number of days .*
MON_KEPE=14|FAIL|there is no such key; MON_KEEP may be meant
MON_VAULT=v|FAIL|there is no such key; BACKUP_VAULT may be meant
END
echo MON_DEADLINE=9 >conf
doctor
like "settings that do not go together" '^warn  settings: two lines of .*/conf do not go together -> mon-settings --dry-run tells' "$(about settings)"
echo MON_INTERVAL=30 >conf
doctor
like "settings that were not applied" '^FAIL  settings: what is set is not what the units have: monitor-poll.timer monitor-poll.service -> sudo systemctl restart monitor-settings$' "$(about settings)"
mkdir -p fake-run/systemd/system && mon-settings --file conf --unit-dir fake-run/systemd/system
doctor
is "and afterwards" "ok    settings: $work/conf is right, and sets 1 key" "$(about settings)"
rm -r fake-run/systemd conf
mkdir conf
doctor
like "settings that cannot be read" '^FAIL  settings: cannot read .*/conf, so nothing in it counts \(Is a directory\) -> ' "$(about settings)"
rmdir conf
: >conf
mkdir no-settings.d && ln -s "$MON_BIN"/mon-doctor "$MON_FAKES"/qrexec-client-vm no-settings.d
run env PATH="$work/no-settings.d:/usr/bin:/bin" mon-doctor --now $NOW --run "$work/fake-run" --settings "$work/conf"
like "no mon-settings" '^warn  settings: whether the units follow is not known, mon-settings is not on PATH' "$(about settings)"
like "the rest is checked" '^ok    list: ' "$(about list)"

# --- who knows only the old call
fresh
qube old "$GOOD"
qube older "$GOOD"
mkdir -p fake-run/sys-monitor
old() { printf '%s\n' '* 100 0' "$@" >fake-run/sys-monitor/scrape-history; }
old 'work ok 0 0 100 9 take 0' 'old ok 0 0 100 9 old-sampler 100' 'older ok 0 0 100 9 old-sampler 100'
doctor
like "a sampler of before" '^warn  take: 2 qubes asked in the old way, because the sampler .*: old older -> update sys-monitor-guest in the template' "$(about take)"
old 'work ok 0 0 100 9 old-policy 100'
doctor
like "a policy of before" '^warn  take: 1 qube asked in the old way, because the policy .*: work -> in dom0, .*qubes.Metrics.Get \+take sys-monitor @anyvm allow' "$(about take)"
mapfile -t many < <(for i in $(seq 200); do echo "qube-$i ok 0 0 100 9 old-sampler 100"; done)
old "${many[@]}"
doctor
like "many of them are one line" '^warn  take: 200 qubes .*: qube-1 qube-2 .* and [0-9]+ more -> ' "$(about take)"
old 'work ok 0 0 100 9 take 0'
doctor
is "none of them: no line" "" "$(about take)"
poll && RUNTIME_DIRECTORY=$work/fake-run/sys-monitor poll
doctor
is "what mon-scrape leaves can be read" "" "$(about take)"
rm -r fake-run/sys-monitor

# --- the rules
fresh
poll
rules() { printf '%s\n' "$@" >rules; }
export MON_RULES=$work/rules
rules 'hot: cpu > 90 for 1m on *' 'broken: cpu >'
doctor
like "a bad line" "^warn  rules: $work/rules:2:[0-9]+: .* -> mend that line; then: mon-rule --check $work/rules$" "$(about rules)"
like "the others count" "^ok    rules: 1 rule, $work/rules$" "$(about rules)"
rules '# nothing'
doctor
like "none is loaded" "^warn  rules: $work/rules holds no rule that counts, so no incident is reported -> " "$(about rules)"
rm rules
doctor
like "the file that was named is missing" "^FAIL  rules: cannot read $work/rules, so no incident is reported \(No such file" "$(about rules)"
rules 'full: disk.pct_used > 90 on *'
mon-rule --live < <(echo "$NOW work disk: /dev/xvdb,/rw,100,95,5,95%"; echo "$NOW work scrape: ok,1,1,1,0") | mon-split
doctor
is "it fires now" "warn  work: the rule full fires since $NOW, for mount=/rw" "$(about work | sed 's/ -> .*//')"
sed -i '$d' ~/Monitor/rules.state
doctor
like "a damaged state" '^warn  rules: rules.state of the Monitor folder is damaged -> the next poll' "$(about rules)"
rm ~/Monitor/rules.state && mkdir ~/Monitor/rules.state
doctor
like "a state that cannot be read" '^FAIL  rules: cannot read rules.state' "$(about rules)"
rmdir ~/Monitor/rules.state
if [ "$(id -u)" = 0 ]; then
	chown -R nobody ~/Monitor
	for file in rules.state .rules.lock rules.told; do
		: >~/Monitor/$file
		chown root ~/Monitor/$file
		doctor
		like "$file of root" "^FAIL  rules: $file belongs to root, so no incident can be reported -> sudo chown -R user:user ~/Monitor$" "$(about rules | grep FAIL)"
		chown nobody ~/Monitor/$file
	done
fi
unset MON_RULES

# --- the desktop
fresh
poll
doctor
like "no session" '^ok    notify: .* not known' "$(about notify)"
printf '%s\n' LoadState=not-found ActiveState=inactive >"$FAKE_SYSTEMCTL.user"
doctor
like "no user unit" '^warn  notify: systemd has no monitor-notify.path for this user, .* -> install sys-monitor' "$(about notify)"
printf '%s\n' LoadState=loaded ActiveState=inactive >"$FAKE_SYSTEMCTL.user"
doctor
like "the user unit is off" '^warn  notify: monitor-notify.path is off, .* -> systemctl --user start monitor-notify.path' "$(about notify)"
printf '%s\n' LoadState=loaded ActiveState=active >"$FAKE_SYSTEMCTL.user"
mkdir few.d
for p in bash cat env "$MON_BIN"/mon-doctor "$MON_BIN"/mon-settings; do ln -s "$(command -v "$p")" few.d/; done
run env PATH="$work/bin:$work/few.d:$MON_FAKES" mon-doctor --now $NOW --run "$work/fake-run" --settings "$work/conf"
like "no notify-send" '^warn  notify: there is no notify-send, .* -> install libnotify' "$(about notify)"
printf '#!/bin/sh\n' >bin/notify-send && chmod 755 bin/notify-send
printf '#!/bin/sh\nexit 1\n' >bin/busctl && chmod 755 bin/busctl
doctor
like "no notification daemon" '^warn  notify: no notification daemon answers, .* -> install xfce4-notifyd' "$(about notify)"
printf '#!/bin/sh\n' >bin/busctl
doctor
is "all is there" "ok    notify: incidents are shown on the desktop" "$(about notify)"
rm "$FAKE_SYSTEMCTL.user"

# --- the vault of today: what only the former one has is not safe
fresh
poll 2025-08-28T12:00:00Z
mon-archive --now $NOW >/dev/null 2>&1
qube other-vault state=Halted
doctor
is "in the vault" "ok    backup: 1 of 1 finished days are safe" "$(about backup)"
BACKUP_VAULT=other-vault doctor
like "the vault has changed" '^warn  backup: 1 finished day is not safe in the vault, the oldest is 2025-08-28' "$(about backup)"

# --- usage
for args in "--nonsense" "extra" "--dir" "--now yesterday" "--run a --run b"; do
	# shellcheck disable=SC2086
	run mon-doctor $args
	is "mon-doctor $args: exit code, nothing on stdout" "2 " "$code $out"
	like "mon-doctor $args: says why" '^mon-doctor: ' "$err"
done
BACKUP_VAULT='a b' MON_SELF='../x' doctor
like "BACKUP_VAULT 'a b': told" "^mon-doctor: BACKUP_VAULT 'a b' in the environment does not count: " "$err"
like "MON_SELF '../x': told" "^mon-doctor: MON_SELF '../x' in the environment does not count: " "$err"
like "the default counts" '^ok    vault: secrets-vault' "$(about vault)"
run mon-doctor --help
is "--help: exit code, at most 80 columns" "0 " "$code $(awk 'length > 80' "$work/.out")"
run mon-doctor --version
like "--version" '^mon-doctor \(sys-monitor\) [0-9.]+$' "$out"
mon-doctor --help >/dev/full 2>err
is "stdout full" 1 "$?"
finish
