#!/bin/bash
# rpm.sh DIR - install, upgrade and remove the .rpm packages of build.sh by the real rpm.  On Debian
# its database is empty, so dependencies are not resolved, but read.
. "$(dirname "$0")/lib.sh" "$@"
command -v rpm >/dev/null || { echo "needs rpm: tests/setup test"; exit 1; }
rpm() { ok "$1" rpm --force-debian --nodeps "${@:2}"; }
conf=$root/etc/qubes/rpc-config/qubes.Metrics.Get
one=/tmp/packages/a two=/tmp/packages/next

asks() { command rpm -qp "--$1" "$packages/a/$2-$version-1.x86_64.rpm" 2>/dev/null | grep -oE '^(lib(archive|nettle|systemd|c)\.so|sys-monitor)[^(]*' | sort -u | xargs; }
is "what the collector needs" "libarchive.so.13 libc.so.6 libnettle.so.8 libsystemd.so.0" "$(asks requires sys-monitor)"
is "what it recommends" "sys-monitor-guest" "$(asks recommends sys-monitor)"
is "what the guest needs" "libc.so.6" "$(asks requires sys-monitor-guest)"
is "what it recommends" "libsystemd.so.0" "$(asks recommends sys-monitor-guest)"
like "the settings are settings" qubes.Metrics.Get "$(command rpm -qpc "$packages/a/sys-monitor-guest-$version-1.x86_64.rpm")"
is "no folder of others is in it" "/etc/mon-sample.d /usr/share/doc/sys-monitor /usr/share/doc/sys-monitor-guest /usr/share/doc/sys-monitor/examples" \
	"$(command rpm -qplv "$packages"/a/*.rpm | awk '/^d/ { print $NF }' | sort | xargs)"

rpm "install the guest's" -i "$one/sys-monitor-guest-$version-1.x86_64.rpm"
like "it answers, alone" '^sys: ' "$(inside /etc/qubes-rpc/qubes.Metrics.Get 2>&1)"
is "systemd is not bothered by it" "" "$(calls)"
rpm "install the collector's" -i "$one/sys-monitor-$version-1.x86_64.rpm"
works "$version"
is "the three timers are enabled" "$timers" "$(enabled)"
is "nothing is started" "--no-reload preset
daemon-reload" "$(calls | sed 's/ monitor-.*//')"
ok "no file was changed after it was packed" rpm --force-debian -V --nodeps sys-monitor sys-monitor-guest
ok "zsh of Fedora finds the completion" test -e /usr/share/zsh/site-functions/_mon

inside systemctl disable monitor-qubes.timer >/dev/null 2>&1
echo "# mine" >>"$conf"
: >"$root/tmp/calls"
rpm "upgrade to $next" -U "$two/sys-monitor-$next-1.x86_64.rpm" "$two/sys-monitor-guest-$next-1.x86_64.rpm"
works "$next"
is "a timer that was disabled stays so" "monitor-backup.timer monitor-poll.timer" "$(enabled)"
is "a changed setting stays" "# mine" "$(tail -n 1 "$conf")"
is "the upgrade starts and stops nothing" "daemon-reload" "$(calls)"

rpm "remove both" -e sys-monitor sys-monitor-guest
is "no timer is enabled" "" "$(enabled)"
like "running timers are stopped" "^stop .*monitor-poll.timer" "$(calls)"
# The folders belong to packages of Qubes and of zsh, which this root does not have.
is "only the settings that a person changed are left" "etc/qubes
etc/qubes-rpc
etc/qubes/rpc-config
etc/qubes/rpc-config/qubes.Metrics.Get.rpmnew
etc/qubes/rpc-config/qubes.Metrics.Get.rpmsave
usr/share/zsh/site-functions" "$(left)"
finish
