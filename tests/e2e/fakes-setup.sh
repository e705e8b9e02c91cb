# tests/setup installs what is missing and nothing else, with a simulated apt.
. "$(dirname "$0")/lib.sh"

mkdir bin
cat >bin/dpkg-query <<'END'
#!/bin/bash
# What $work/installed lists is installed, "half" is not quite.
for p in "${@:4}"; do
	if grep -qx "$p" ../installed; then echo "ii $p"; elif [ "$p" = gcc ]; then echo "rc $p"; fi
done
cmp -s <(printf '%s\n' "${@:4}" | sort) <(sort ../installed)
END
cat >bin/apt-get <<'END'
#!/bin/bash
printf '%s\n' "apt-get $*" >>../calls
case " $* " in
*' install '*) echo "${SYSTEMD_OFFLINE-unset}" >>../offline && echo "E: Unable to locate package" && exit "$(cat ../apt-exit)" ;;
esac
END
printf '#!/bin/bash\ncat ../uid\n' >bin/id
printf '#!/bin/bash\necho sudo >>../calls\nexec "$@"\n' >bin/sudo
chmod +x bin/*
# The stand-ins find the state beside a copy of setup, which is where it works.
mkdir tests
cp "$MON_SRC/tests/setup" tests/
printf '%s\n' '# a list' '[build]' 'gcc # the compiler' 'cmake # the build' '' '[test]' 'clang # another' '[bench]' 'atop # a daemon' >tests/packages.txt
for tool in bash awk sed sort comm xargs echo mktemp rm tail grep cat cmp dirname env; do
	ln -s "$(type -P $tool)" bin/$tool
done
setup() { : >calls; run env PATH="$work/bin" tests/setup "$@"; }
echo 0 >apt-exit
echo 0 >uid

printf 'gcc\ncmake\n' >installed
setup build
is "all is there: silent, no apt-get" "0|||" "$code|$out|$err|$(cat calls)"
setup test
is "the other group: what is installed" "Installing for the test: clang" "$out"
like "without recommended packages" '^apt-get .*install --no-install-recommends clang$' "$(cat calls)"
echo cmake >installed
setup build
is "removed but configured is missing" "0 Installing for the build: gcc" "$code $out"
is "an update before the install, no sudo" "apt-get -q update
apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends gcc" "$(cat calls)"
# The daemons of the benchmark neither run now nor at the next boot.
cat >bin/dpkg <<'END'
#!/bin/bash
[ "$*" = "-L atop" ] && printf '%s\n' /usr/bin/atop /lib/systemd/system/atop.service /usr/lib/systemd/system/a.timer /lib/systemd/system/x@.service
END
printf '#!/bin/bash\necho "systemctl $SYSTEMD_OFFLINE $*" >>../calls\n' >bin/systemctl
chmod +x bin/*
is "PID 1 may be told of other packages" "unset" "$(sort -u offline)"
: >offline
setup bench
is "a daemon is not started" "0 1" "$code $(sort -u offline)"
is "and its units are disabled, those that can be" "systemctl 1 --quiet disable a.timer atop.service" "$(tail -n 1 calls)"
echo 1000 >uid
setup build
is "not root: by sudo" "sudo" "$(head -n 1 calls)"
rm bin/sudo
setup build
is "neither root nor sudo" 1 "$code"
like "says what root is to do" 'apt-get install --no-install-recommends gcc$' "$err"
echo 0 >uid
echo 100 >apt-exit
setup build
is "apt-get fails" 1 "$code"
like "in its words" 'Unable to locate package' "$err"
like "and in ours" '^tests/setup: .*could not install: gcc$' "$err"
rm bin/apt-get
setup build
is "no Debian" 1 "$code"
like "no Debian: what is needed" 'gcc cmake$' "$err"
for args in '' bogus 'build test' '[build]'; do
	# shellcheck disable=SC2086 # words
	setup $args
	is "wrong usage: '$args'" 2 "$code"
done

# The real list: a reason for each package, no package twice.
list=$MON_SRC/tests/packages.txt
is "lines of another form" "" "$(grep -Ev '^(#.*|\[(build|test|bench|long)\]|[a-z0-9][a-z0-9.+-]+ # .+)$' "$list")"
is "packages listed twice" "" "$(sed -n 's/ # .*//p' "$list" | sort | uniq -d)"

finish
