#!/bin/bash
# m32.sh - the unit tests of lib/pure as 32-bit programs, with ASan and UBSan: a size_t, a long and
# a time_t of other widths.  Exit 77: this compiler makes no such programs.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/mon-m32.XXXXXX")
trap 'rm -rf "$work"' EXIT
# 64 bits of time, as Debian 13 has on 32-bit machines: dates end in 9999, not in 2038.
flags=(-m32 -std=gnu11 -O1 -g -D_GNU_SOURCE '-DMON_VERSION="1"' -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
	-Wall -Wextra -Wconversion -Wshadow -Wvla -Werror -Ilib/pure -Ilib -Itests/lint/m32)
echo 'int main(void) { return 0; }' >"$work/try.c"
gcc -m32 "$work/try.c" -o "$work/try" 2>/dev/null ||
	{ echo "SKIP: gcc -m32 makes no programs here: tests/setup long (gcc-multilib)"; exit 77; }
tests="number schema shape stamp text wire"
if ! "$work/try" 2>/dev/null; then
	# Not run, but looked at by the compiler.
	gcc "${flags[@]}" -fsyntax-only lib/pure/*.c lib/zone.c || exit 1
	# shellcheck disable=SC2046,SC2086 # one word a test
	gcc "${flags[@]}" -Wno-error -fsyntax-only $(printf 'tests/unit/test_%s.c ' $tests) || exit 1
	echo "SKIP: they compile, but this kernel runs no 32-bit programs"
	exit 77
fi
# shellcheck disable=SC2054 # the comma is gcc's
sanitize=(-fsanitize=address,undefined -fno-sanitize-recover=all)
gcc -m32 "${sanitize[@]}" "$work/try.c" -o "$work/try.asan" 2>/dev/null || sanitize=()
for f in lib/pure/*.c lib/zone.c; do
	gcc "${flags[@]}" "${sanitize[@]}" -c "$f" -o "$work/$(basename "$f" .c).o" || exit 1
done
for test in $tests; do
	gcc "${flags[@]}" -Wno-error "${sanitize[@]}" "tests/unit/test_$test.c" "$work"/*.o -o "$work/test_$test" || exit 1
done
bad=0
for test in $tests; do
	"$work/test_$test" || { echo "FAIL test_$test"; bad=1; }
done
exit $bad
