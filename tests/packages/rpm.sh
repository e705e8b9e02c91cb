#!/bin/bash
# rpm.sh DIR - install, upgrade and remove the .rpm packages of build.sh by the real rpm.  On Debian
# its database is empty, so dependencies are not resolved, but read.
. "$(dirname "$0")/lib.sh" "$@"
"$(dirname "$0")/../harness/need" rpm || exit
rpm() { ok "$1" rpm --force-debian --nodeps "${@:2}"; }
conf=$root/etc/qubes/rpc-config/qubes.Metrics.Get
one=/tmp/packages/a two=/tmp/packages/next

asks() { command rpm -qp "--$1" "$packages/a/$2-$version-1.x86_64.rpm" 2>/dev/null | grep -oE '^(lib(archive|ncursesw|nettle|systemd|tinfo|c)\.so|sys-monitor)[^(]*' | sort -u | xargs; }
is "what the collector needs" "libarchive.so.13 libc.so.6 libncursesw.so.6 libnettle.so.8 libtinfo.so.6" "$(asks requires sys-monitor)"
is "what it recommends" "sys-monitor-guest" "$(asks recommends sys-monitor)"
is "what the guest needs" "libc.so.6" "$(asks requires sys-monitor-guest)"
is "what it recommends" "libsystemd.so.0" "$(asks recommends sys-monitor-guest)"
like "the settings are settings" qubes.Metrics.Get "$(command rpm -qpc "$packages/a/sys-monitor-guest-$version-1.x86_64.rpm")"
is "no folder of others is in it" "/etc/mon-sample.d /usr/share/doc/sys-monitor /usr/share/doc/sys-monitor-guest /usr/share/doc/sys-monitor/docs /usr/share/doc/sys-monitor/docs/feed /usr/share/doc/sys-monitor/docs/img /usr/share/doc/sys-monitor/examples" \
	"$(command rpm -qplv "$packages"/a/*.rpm | awk '/^d/ { print $NF }' | sort | xargs)"

# --- from the version that packed its handler, as it was and with one that a person wrote
guest=sys-monitor-guest-$version-1.x86_64.rpm
rpm "the version before" -i /tmp/packages/before.rpm
is "its handler" /usr/bin/mon-sample "$(readlink "$handler")"
rpm "upgrade from it" -U "$one/$guest"
is "the handler is the socket now" /run/sys-monitor-sample.socket "$(readlink "$handler")"
said=$(calls)
like "which is enabled" 'preset sys-monitor-sample.socket' "$said"
like "and started at once" '^restart sys-monitor-sample.socket$' "$said"
rpm "remove it" -e sys-monitor-guest
ok "the handler is gone" test ! -L /etc/qubes-rpc/qubes.Metrics.Get
rpm "the version before" -i /tmp/packages/before.rpm
rm "$handler" && printf '#!/bin/sh\necho mine\n' >"$handler" && chmod 755 "$handler"
rpm "upgrade from it" -U "$one/$guest"
is "a handler that a person wrote is still there" "mine" "$(inside /etc/qubes-rpc/qubes.Metrics.Get)"
rpm "the next version" -U "$two/sys-monitor-guest-$next-1.x86_64.rpm"
is "and after the next upgrade" "mine" "$(inside /etc/qubes-rpc/qubes.Metrics.Get)"
rpm "remove it" -e sys-monitor-guest
is "and after the removal" "mine" "$(inside /etc/qubes-rpc/qubes.Metrics.Get)"
rm "$handler"
calls >/dev/null

rpm "install the guest's" -i "$one/$guest"
like "it answers, alone" '^sys: ' "$(inside mon-sample 2>&1)"
like "its socket is started, for a qube that runs" '^restart sys-monitor-sample.socket$' "$(calls)"
rpm "install the collector's" -i "$one/sys-monitor-$version-1.x86_64.rpm"
works "$version"
is "the three timers are enabled" "$timers" "$(enabled)"
is "no timer is started" "--no-reload preset
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
is "the upgrade starts the socket anew, writes the settings anew if they were, and stops nothing" "--quiet is-enabled sys-monitor-sample.socket
daemon-reload
restart sys-monitor-sample.socket
try-restart monitor-settings.service" "$(calls)"

rpm "remove both" -e sys-monitor sys-monitor-guest
is "no timer is enabled" "" "$(enabled)"
said=$(calls)
like "running timers are stopped" "^stop .*monitor-poll.timer" "$said"
like "and the settings, to be written at a new start" "^stop .*monitor-settings.service" "$said"
like "and the socket" "^stop .*sys-monitor-sample.socket" "$said"
# The folders belong to packages of Qubes and of zsh, which this root may or may not have.
is "only the settings that a person changed are left" "etc/qubes/rpc-config/qubes.Metrics.Get.rpmnew
etc/qubes/rpc-config/qubes.Metrics.Get.rpmsave" \
	"$(left | grep -vxE 'etc/qubes|etc/qubes-rpc|etc/qubes/rpc-config|usr/share/zsh(/site-functions)?|var/lib/rpm-state')"
finish
