#!/bin/bash
# build.sh OUT - make the packages twice, in folders of different names, and compare; check them
# with lintian; then make those of the next version, for the other tests here.  OUT gets
# a/, b/ and next/ with the packages.
set -u
MON_SRC=$(cd "$(dirname "$0")/../.." && pwd)
out=$1 failed=0
for program in cpack rpmbuild dpkg-shlibdeps lintian file; do
	command -v $program >/dev/null || { echo "skipped: needs $program: tests/setup test"; exit 77; }
done
check() { # WHAT COMMAND...
	local what=$1
	shift
	if "$@" >"$out/.check" 2>&1; then echo "ok   $what"; else
		echo "FAIL $what"; sed 's/^/     /' "$out/.check" | tail -n 40; failed=1; fi
}
rm -rf "$out" && mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/mon-packages.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The time of the commit is that of the packages; without git, any one that both share.
SOURCE_DATE_EPOCH=$(git -C "$MON_SRC" log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=1756641600
export SOURCE_DATE_EPOCH
# One snapshot for all: somebody may be at work in the sources.
mkdir "$work/sources" && tar -C "$MON_SRC" --exclude=./build --exclude=./.git -cf - . | tar -C "$work/sources" -xf - || exit 1
copy() { # DIR: the sources
	mkdir -p "$1" && cp -R "$work/sources/." "$1"
}
package() { # SOURCE BUILD PACKAGES
	cmake -S "$1" -B "$2" --preset release -DBUILD_TESTING=OFF && cmake --build "$2" &&
		cpack --config "$2/CPackConfig.cmake" -B "$3" && rm -rf "$3/_CPack_Packages"
}
# What may differ between two machines, does: the paths, the umask, the zone, the language, and
# the time of all files.
a() { (umask 022 && TZ=UTC LC_ALL=C copy "$work/a" && cd "$work/a" && package "$work/a" "$work/a/build/x" "$out/a"); }
b() {
	(umask 077 && copy "$work/another/and longer" && cd "$work/another/and longer" &&
		find . -exec touch {} + &&
		TZ=Pacific/Chatham LC_ALL=C.UTF-8 package "$PWD" "$work/elsewhere" "$out/b")
}
check "the first build" a
check "the second build, elsewhere" b
names=$(cd "$out/a" && ls)
check "two packages of each kind: $(echo $names)" test "$(grep -cE '\.deb$' <<<"$names") $(grep -cE '\.rpm$' <<<"$names")" = "2 2"
for name in $names; do
	check "$name: the same bytes" cmp "$out/a/$name" "$out/b/$name"
done
for deb in "$out"/a/*.deb; do
	check "$(basename "$deb"): lintian" lintian --allow-root --fail-on error,warning "$deb"
done
# The tools are stripped, and hardened as the release preset says.
for deb in "$out"/a/*.deb; do dpkg-deb -x "$deb" "$work/tree"; done
for tool in "$work"/tree/usr/bin/*; do
	name=$(basename "$tool")
	check "$name: stripped" grep -q ', stripped' <(file -b "$tool")
	check "$name: PIE, relro, bound at once" test "$(readelf -hld "$tool" |
		grep -cE 'Type: +DYN|GNU_RELRO|FLAGS +BIND_NOW|\(FLAGS\) +BIND_NOW')" -ge 3
	check "$name: no path of the build in it" test "$(grep -c "$work" "$tool")" = 0
	check "$name: no sanitizer in it" test "$(readelf -d "$tool" | grep -cE 'lib[au]b?san')" = 0
done
check "what was made of a sanitized build is refused" bash -c '
	cmake -S "$1" -B "$2" --preset dev -DBUILD_TESTING=OFF >/dev/null &&
		! cpack --config "$2/CPackConfig.cmake" -G DEB -B "$2" >"$2.log" 2>&1 &&
		grep -q "hardened release build" "$2.log"' - "$work/a" "$work/dev"

# cmake --install: what the packages hold is what a staging tree holds, and /etc is with /usr only.
staged() { # PREFIX ETC HANDLER
	rm -rf "$work/stage" && DESTDIR=$work/stage cmake --install "$work/a/build/x" --prefix "$1" &&
		test "$(readlink "$work/stage$2/qubes-rpc/qubes.Metrics.Get")" = "$3" &&
		test -d "$work/stage$2/mon-sample.d" && test -f "$work/stage$2/qubes/rpc-config/qubes.Metrics.Get"
}
check "staged for /usr/local" staged /usr/local /usr/local/etc /usr/local/bin/mon-sample
check "nothing of that is outside" test "$(ls "$work/stage") $(ls "$work/stage/usr")" = "usr local"
check "staged for /usr" staged /usr /etc /run/sys-monitor-sample.socket
# But for the handler, which their scripts put in place: a person may have another one there.
check "it is what the packages hold" diff <(cd "$work/stage" && find . ! -type d ! -path ./etc/qubes-rpc/qubes.Metrics.Get | sort) <(cd "$work/tree" && find . ! -type d | sort)
DESTDIR=$work/parts cmake --install "$work/a/build/x" --component guest >/dev/null
check "the component guest is the guest's package" diff <(cd "$work/parts" && find . ! -type d ! -path ./etc/qubes-rpc/qubes.Metrics.Get | sort) \
	<(dpkg-deb -c "$out/a/sys-monitor-guest_"*.deb | awk '!/^d/ { print $6 }' | sort)

# The next version: the last number of it one higher.
version=$(sed -nE 's/^project\(sys-monitor VERSION ([0-9.]+).*/\1/p' "$work/a/CMakeLists.txt")
next=${version%.*}.$((${version##*.} + 1))
check "the changelog begins with this version" grep -q "^sys-monitor ($version)" <(head -n 1 "$work/a/tools/package/changelog")
next() {
	sed -i "s/^project(sys-monitor VERSION $version/project(sys-monitor VERSION $next/" "$work/a/CMakeLists.txt" &&
		echo "# changed in $next" >>"$work/a/tools/package/qubes.Metrics.Get" &&
		(cd "$work/a" && package "$work/a" "$work/a/build/x" "$out/next")
}
check "the next version, $next" next

# Version 0.1.0 as it was packed, as far as an upgrade sees it: the handler was a file of the package.
before=0.0.9
old_deb() {
	local tree=$work/old
	dpkg-deb -R "$(ls "$out"/a/sys-monitor-guest_*.deb)" "$tree" && rm -rf "$tree/usr/lib" "$tree"/DEBIAN/{preinst,postinst,prerm,postrm} &&
		ln -s /usr/bin/mon-sample "$tree/etc/qubes-rpc/qubes.Metrics.Get" && sed -i "s/^Version:.*/Version: $before/" "$tree/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$tree" "$out/before.deb"
}
old_rpm() {
	cat >"$work/old.spec" <<-END
	Name: sys-monitor-guest
	Version: $before
	Release: 1
	Summary: the version before
	License: GPL-2.0-or-later
	%description
	%install
	mkdir -p %{buildroot}/etc/qubes-rpc %{buildroot}/usr/bin
	echo 'echo "sys: before"' >%{buildroot}/usr/bin/mon-sample
	ln -s /usr/bin/mon-sample %{buildroot}/etc/qubes-rpc/qubes.Metrics.Get
	%files
	/usr/bin/mon-sample
	/etc/qubes-rpc/qubes.Metrics.Get
	END
	rpmbuild -bb --define "_topdir $work/rpm" --define "_rpmdir $work/rpm" --define "_build_id_links none" --define "__brp_mangle_shebangs %{nil}" "$work/old.spec" &&
		cp "$work/rpm/x86_64/sys-monitor-guest-$before-1.x86_64.rpm" "$out/before.rpm"
}
check "the version before, as .deb" old_deb
check "the version before, as .rpm" old_rpm
echo "$version $next" >"$out/versions"
rm -f "$out/.check"
exit $failed
