# The pages for people: each link, path and test that they name is there, in the checkout and where
# a package puts them.
. "$(dirname "$0")/lib.sh"
need python3

cat >links.py <<'P'
"""links.py FOLDER: what is wrong with the links of its pages; prints how many were followed, at last."""
import os, re, sys
def prose(path):
    with open(path) as text:
        return re.sub(r"^ *```.*?^ *```", "", text.read(), flags=re.M | re.S)
def anchors(path):
    heads = re.findall(r"^#+ (.*)$", prose(path), re.M)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in heads}
followed = 0
for folder, dirs, names in os.walk(sys.argv[1]):
    dirs[:] = [d for d in dirs if d not in (".git", "build")]
    for page in (os.path.join(folder, n) for n in names if n.endswith(".md")):
        for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", re.sub(r"`[^`\n]*`", "", prose(page))):
            target = target[0] or target[1]
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            path = os.path.normpath(os.path.join(folder, file)) if file else page
            followed += 1
            if not os.path.exists(path):
                print(f"{page}: {target}: there is no such file")
            elif anchor and anchor not in anchors(path):
                print(f"{page}: {target}: there is no such heading")
print(followed > 20 and "many followed" or f"only {followed} followed")
P
is "links of the checkout" "many followed" "$(python3 links.py "$MON_SRC")"
mkdir broken
printf '# One head\n[a](#one-head) [b](#two) [c](d.md)\n' >broken/a.md
is "a dead link is found" "broken/a.md: #two: there is no such heading
broken/a.md: d.md: there is no such file
only 3 followed" "$(python3 links.py broken)"

run env DESTDIR="$work/stage" cmake --install "$MON_BIN" --prefix /usr --component collector
is "the collector is installed" "0 " "$code $err"
is "links of what is installed" "many followed" "$(python3 links.py "$work/stage/usr/share/doc/sys-monitor")"
for page in README.md docs/INSTALL.md docs/USE.md; do
	ok "$page is installed" cmp "$MON_SRC/$page" "$work/stage/usr/share/doc/sys-monitor/$page"
done

cd "$MON_SRC" || exit 1
pages=(README.md CONTRIBUTING.md SECURITY.md docs/*.md)
n=0
while IFS=: read -r page path; do
	n=$((n + 1))
	[ -e "$path" ] || compgen -G "$path" >/dev/null || fail "$page names $path, which is not there"
done < <(grep -oP '(?<![\w/.-])(lib|tools|tests|systemd|salt|policy)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*]' "${pages[@]}" |
	grep -vE '/(NAME|test_NAME|fuzz_NAME|mon-NAME)|corpus/NAME|/DAY|tools/sample/temp\.c' | sort -u)
ok "files that pages name: $n" test "$n" -gt 40

for tool in "$MON_BIN"/mon-*; do
	[ -f "$tool" ] && [ -x "$tool" ] || continue
	tool=${tool##*/}
	like "README.md has a row for $tool" "^\\|.*\`$tool\`" "$(cat README.md)"
	is "sys-monitor(7) has $tool twice: as a piece, in SEE ALSO" 2 "$(grep -cE "^\.(It )?Xr $tool 1( ,)?\$" docs/man/sys-monitor.7)"
done

ctest --test-dir "$MON_BIN" -N 2>/dev/null | sed -nE 's/^ *Test *#[0-9]+: //p' >"$work/tests"
while read -r test; do
	like "TESTING.md: $test is a test" "^${test//\*/.*}\$" "$(cat "$work/tests")"
done < <(grep '^| ' docs/TESTING.md | cut -d'|' -f3 | grep -oE '`[a-z]+(-[a-z*_]+)*`' | tr -d '`' | sort -u)
finish
