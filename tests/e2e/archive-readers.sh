# Every reader of .tgz that is installed here gets all of an archive of several MiB, also those that
# take the first gzip member alone.
. "$(dirname "$0")/lib.sh"
day=2025-12-31
mkdir kept
awk -v day=$day 'BEGIN { for (i = 0; i < 60000; i++)
	printf "%sT%02d:%02d:%02dZ work sys: %d.%d,1.0,2.0,0.1,0.2,0.3,%d,2,3,0,0,1,0\n", day, i/3600, i/60%60, i%60, i%100, i%10, i*7919 }' |
	mon-split --no-sync --dir M
mon-archive --dir M --no-copy --out kept --now 2026-01-02T00:00:00Z >/dev/null 2>&1
a=$PWD/kept/monitor-$day.tgz want=M/$day/system.csv
ok "the day is larger than some readers' first bite" test "$(stat -c %s $want)" -gt 4000000
zcat "$a" >tar
file=$(sha256sum <$want) whole=$(sha256sum <tar)

# gives WHAT SUM COMMAND...: the command prints bytes of that sum
gives() {
	local what=$1 sum=$2
	shift 2
	command -v "$1" >/dev/null || { echo "skip $what: there is no $1 here"; return; }
	is "$what" "$sum" "$("$@" 2>"$work/.err" | sha256sum)"
}
gives "GNU tar" "$file" tar xzOf "$a" $day/system.csv
gives "bsdtar" "$file" bsdtar xOf "$a" $day/system.csv
gives "busybox tar" "$file" busybox tar xzOf "$a" $day/system.csv
gives "python tarfile, seeking" "$file" python3 -c "
import sys, tarfile; sys.stdout.buffer.write(tarfile.open('$a').extractfile('$day/system.csv').read())"
gives "python tarfile, a stream" "$file" python3 -c "
import sys, tarfile
with tarfile.open(fileobj=open('$a', 'rb'), mode='r|gz') as t:
    for m in t:
        if m.isfile():
            sys.stdout.buffer.write(t.extractfile(m).read())"
gives "gunzip" "$whole" gunzip -c "$a"
gives "pigz" "$whole" pigz -dc "$a"
gives "7z" "$whole" 7zz e -so -tgzip "$a"
gives "python gzip" "$whole" python3 -c "import gzip, sys; sys.stdout.buffer.write(gzip.open('$a').read())"
gives "python zlib, the first member alone" "$whole" python3 -c "import sys, zlib; sys.stdout.buffer.write(zlib.decompress(open('$a', 'rb').read(), 31))"
gives "perl" "$whole" perl -MIO::Uncompress::Gunzip=gunzip -e "gunzip('$a' => '-')"
gives "ruby" "$whole" ruby -rzlib -e "\$stdout.binmode; print Zlib::GzipReader.open('$a').read"
gives "php" "$whole" php -d memory_limit=-1 -r "echo gzdecode(file_get_contents('$a'));"
gives "node" "$whole" node -e "process.stdout.write(require('zlib').gunzipSync(require('fs').readFileSync('$a')))"
if command -v javac >/dev/null; then
	cat >Gunzip.java <<-'END'
		import java.io.*;
		import java.util.zip.*;
		public class Gunzip {
			public static void main(String[] a) throws IOException {
				new GZIPInputStream(new FileInputStream(a[0])).transferTo(System.out);
			}
		}
	END
	gives "java" "$whole" java Gunzip.java "$a"
else
	echo "skip java: there is no javac here"
fi
finish
