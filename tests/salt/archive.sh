# archive.sh - the archive for dom0: the same bytes each time, nothing that belongs to Qubes in it, and
# every command of docs/INSTALL.md in dom0, typed as it stands there into a simulated dom0.
. "$(dirname "$0")/../harness/mounts.sh"
. "$(dirname "$0")/../e2e/lib.sh"
mount -t tmpfs tmpfs /srv || { echo "cannot mount a /srv of its own"; exit 1; }
doc=$MON_SRC/docs/INSTALL.md
version=$(sed -nE 's/^project\(sys-monitor VERSION ([0-9.]+).*/\1/p' "$MON_SRC/CMakeLists.txt")
name=sys-monitor-dom0-$version.tar.gz
pack() { # pack FOLDER [EPOCH]
	mkdir -p "$1"
	env ${2:+SOURCE_DATE_EPOCH=$2} cmake -D SOURCE="$MON_SRC" -D BUILD="$MON_BIN" -D OUT="$work/$1" -D VERSION="$version" \
	    -P "$MON_SRC/salt/pack.cmake"
}

# ---- the archive ----
dev=home/dev/sys-monitor/build/release/salt
run pack $dev 1756641600
is "it is packed" 0 "$code"
[ "$code" = 0 ] || { echo "$err"; finish; }
(umask 077 && pack again 1756641600 >/dev/null 2>&1)
is "twice the same bytes, whatever the umask" "$(sha256sum <$dev/$name)" "$(sha256sum <again/$name)"
is "all has the time of the source" "2025-08-31 12:00" "$(TZ=UTC tar -tvzf $dev/$name | awk '{ print $4, $5 }' | sort -u)"
is "its checksum is beside it" "$name: OK" "$(cd $dev && sha256sum -c $name.sha256)"
ok "it is small: all of /srv is copied to a disposable for each template" [ "$(stat -c %s $dev/$name)" -lt 3000000 ]
listing=$(tar --numeric-owner -tvzf $dev/$name)
is "all is root's" "" "$(grep -v ' 0/0 ' <<<"$listing")"
is "files and folders, that only root may write" "" "$(grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x) ' <<<"$listing")"
is "no folder that belongs to Qubes" "" "$(tar -tzf $dev/$name | grep '/$' | grep -v '^srv/salt/qubes/monitor/sys-monitor/')"

# ---- the commands of the page ----
# typed SECTION: the commands of dom0 in it, one a line
typed() { awk -v s="## $1" '/^## / { on = index($0, s) == 1 } on && sub(/^dom0\$ /, "")' "$doc"; }
# do_section SECTION [REGEX]: type them, or those that match; $code is not 0 if one fails
do_section() {
	local line
	code=0
	: >"$work/.out"
	while IFS= read -r line; do
		echo "$line" >>"$work/typed"
		eval "$line" >>"$work/.out" 2>&1 </dev/null || { code=$?; echo "exit $code: $line" >>"$work/.out"; }
	done < <(typed "$1" | grep -E -- "${2-.}")
	out=$(<"$work/.out")
}
sudo() { "$@"; }
qubesctl() { echo "$*" >>"$work/qubesctl"; }
qvm-run() { # as the dev qube, the one place where its answer matters
	if [ "$1 $2" = "--pass-io dev" ]; then (cd "$work/home/dev" && sh -c "$3"); fi
}
qvm-start() { :; }
qvm-shutdown() { :; }
qvm-remove() { :; }
HOME=$work/home/dom0
mkdir -p "$HOME"
# What is there before: folders of Qubes, with a mode and a file of theirs.
mkdir -p /srv/salt/qubes/monitor /srv/pillar
echo theirs >/srv/salt/qubes/init.sls
chmod 750 /srv/salt/qubes
touch -d @1000000000 /srv/salt/qubes /srv/salt /srv/pillar
state() { (cd /srv && find . -printf '%p %m %u %s\n' | sort; stat -c '%n %Y' salt salt/qubes); }
rmdir /srv/salt/qubes/monitor
touch -d @1000000000 /srv/salt/qubes
before=$(state)

do_section '2. '
is "2: taken to dom0" 0 "$code"
like "2: the checksum is that of the dev qube" "^$(cut -d ' ' -f 1 "$work/$dev/$name.sha256")  $name\$" "$out"
is "2: the same bytes" "$(sha256sum <"$work/$dev/$name")" "$(sha256sum <~/sys-monitor/$name)"
do_section '3. ' '-tvzf [^ ]*$'
is "3: the listing" "0 $(tar -tzf "$work/$dev/$name" | wc -l)" "$code $(wc -l <<<"$out")"
do_section '3. ' ' -v'
is "3: nothing outside, no links" "exit 1: $(typed '3. ' | grep -e ' -v' | sed -n 1p)
exit 1: $(typed '3. ' | grep -e ' -v' | sed -n 2p)" "$out"
do_section '3. ' -xzOf
is "3: what dom0 runs can be read" 0 "$code"
like "3: it is the formula" '^#!/bin/sh' "$out"
do_section '4. '
is "4: unpacked" 0 "$code"
is "4: the folder of Qubes keeps its mode" 750 "$(stat -c %a /srv/salt/qubes)"
is "4: its file is there" theirs "$(cat /srv/salt/qubes/init.sls)"
ok "4: the formula is there" [ -f /srv/salt/qubes/monitor/sys-monitor/init.sls ]
ok "4: and others can read it" [ "$(stat -c %a /srv/salt/qubes/monitor/sys-monitor/init.sls)" = 644 ]
do_section '5. '
is "5: the settings" 0 "$code"
ok "5: they are there" cmp "$MON_SRC/salt/pillar.example" /srv/pillar/sys-monitor.sls
do_section '6. '
do_section '7. '
do_section 'The native way'
is "native: exit code" 0 "$code"
echo mine >>/srv/pillar/sys-monitor.sls
touch /srv/salt/qubes/monitor/sys-monitor/old.sls
do_section 'Upgrade'
is "upgrade: exit code" 0 "$code"
ok "upgrade: no old file is left" [ ! -e /srv/salt/qubes/monitor/sys-monitor/old.sls ]
ok "upgrade: the new ones are there" [ -e /srv/salt/qubes/monitor/sys-monitor/init.sls ]
is "upgrade: the settings stay" mine "$(tail -n 1 /srv/pillar/sys-monitor.sls)"
do_section 'Remove it again'
is "remove: exit code" 0 "$code"
touch -d @1000000000 /srv/salt/qubes
is "remove: /srv is as it was" "$before" "$(state)"
ok "remove: the archive is gone" [ ! -e ~/sys-monitor ]

# ---- the same as an .rpm, by the real rpm in a root of its own ----
rpmname=sys-monitor-dom0-$version-1.x86_64.rpm
rpms() { # rpms FOLDER VERSION
	SOURCE_DATE_EPOCH=1756641600 cmake -D SOURCE="$MON_SRC" -D OUT="$work/$1" -D VERSION="$2" -P "$MON_SRC/salt/rpm.cmake"
}
cd "$work" || exit 1
mkdir -p root/srv/salt/qubes root/srv/pillar
chmod 750 root/srv/salt/qubes
rpm() {
	case $1 in
	-U | -e) command rpm --root "$work/root" --force-debian "$@" ;;
	*) command rpm "$@" ;;
	esac
}
inside() { (cd "$work/root" && find srv -type f -exec sha256sum {} + | sort -k 2); }
if ! command -v rpmbuild >/dev/null; then
	echo "skip: no rpmbuild here (tests/setup test): the package for dom0 was not made"
	typed 'As a package' >>"$work/typed"
else
	run rpms "$dev" "$version"
	is "it is made" 0 "$code"
	(umask 077 && rpms again "$version" >/dev/null 2>&1)
	is "twice the same bytes, whatever the umask" "$(sha256sum <"$dev/$rpmname")" "$(sha256sum <"again/$rpmname")"
	do_section 'As a package' 'mkdir|cat|sha256sum|-qplv'
	is "package: taken to dom0, and listed" 0 "$code"
	like "package: the checksum is that of the dev qube" "^$(cut -d ' ' -f 1 "$work/$dev/$rpmname.sha256")  $rpmname\$" "$out"
	unlike "package: no folder of Qubes is in it" ' /srv(/salt|/salt/qubes|/pillar)?$' "$out"
	is "package: all is root's" "" "$(grep /srv <<<"$out" | awk '$3 != "root" || $4 != "root"')"
	do_section 'As a package' --scripts
	is "package: it runs nothing" "" "$out"
	is "package: and asks for nothing" "" "$(command rpm -qp --requires "$work/$dev/$rpmname" | grep -v '^rpmlib')"
	do_section 'As a package' ' -U '
	is "package: installed" "0 " "$code $out"
	is "package: what it puts there is what the archive holds" "$(cd "$work/$dev" && find srv -type f -exec sha256sum {} + | sort -k 2)" "$(inside)"
	is "package: with its modes" "$(tar -tvzf "$work/$dev/$name" | awk '/^-/ { print $1, $NF }' | sort)" \
		"$(cd "$work/root" && find srv -type f -printf '%M %p\n' | sort)"
	is "package: the folder of Qubes keeps its mode" 750 "$(stat -c %a "$work/root/srv/salt/qubes")"
	echo mine >"$work/root/srv/pillar/sys-monitor.sls"
	rm "$work/again/srv/salt/qubes/monitor/sys-monitor/config.sls"
	echo new >"$work/again/srv/salt/qubes/monitor/sys-monitor/new.sls"
	rpms again 99.0.0 >/dev/null 2>&1
	run rpm -U --nosignature "$work/again/sys-monitor-dom0-99.0.0-1.x86_64.rpm"
	is "package: the next version" 0 "$code"
	is "package: no file is left of the one before" "$({ cd "$work/again" && find srv -type f; echo srv/pillar/sys-monitor.sls; } | sort)" \
		"$(cd "$work/root" && find srv -type f | sort)"
	do_section 'As a package' ' -e '
	is "package: removed" "0 " "$code $out"
	is "package: only what is not its own is left" "srv srv/pillar srv/pillar/sys-monitor.sls srv/salt srv/salt/qubes" \
		"$(cd "$work/root" && find srv | sort | xargs)"
fi
rm -rf ~/sys-monitor

# ---- what the page names, is there ----
is "every command of dom0 was typed" "$(sed -n 's/^dom0\$ //p' "$doc" | sort -u)" "$(sort -u "$work/typed")"
while read -r sls; do
	path=/qubes/monitor/sys-monitor${sls#qubes.monitor.sys-monitor}
	path=${path/sys-monitor./sys-monitor/}
	[ "$path" != /qubes/monitor/sys-monitor ] || path+=/init
	ok "$sls is there" [ -f "$work/$dev/srv/salt$path.sls" ]
done < <(grep -oE '(show_sls|state\.sls) \S+' "$work/qubesctl" | cut -d ' ' -f 2 | sort -u)
is "the top files that are named" "top.enable qubes.monitor.sys-monitor
top.enable sys-monitor pillar=True" "$(grep top.enable "$work/qubesctl" | sort)"
is "what was enabled is disabled" "$(grep top.enable "$work/qubesctl" | sort | sed s/enable/disable/)" "$(grep top.disable "$work/qubesctl" | sort)"
like "the version is that of the project" "$name" "$(typed '4. ')"
# The messages in the table of step 6 are those that the formula says.
while IFS= read -r words; do
	ok "somebody says: $words" grep -rqF -- "$words" "$work/$dev/srv/salt/qubes/monitor"
done < <(sed -nE 's/^\| `([^`]*)` \|.*/\1/p' "$doc" | sed -E 's/\.\.\. ?//; s/KEY.*//; s/NAME( |:).*//; s/ in sys-monitor is/\n/; s/mon-archive //' | grep -E '.{6}')
finish
