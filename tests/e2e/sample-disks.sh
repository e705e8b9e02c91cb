# sample-disks.sh - disks of this machine: as df -P prints them, and nothing that hangs is touched.
. "$(dirname "$0")/lib.sh"
need python3 strace pgrep mkfs.ext4
export ASAN_OPTIONS=detect_leaks=0 # strace gets in the way of the leak check
fedora=$MON_SRC/tests/fixtures/fedora-41

# ---- what is mounted here
is "df -P prints the same" "$(mon-sample --state-dir cpu | sed -n 's/^disk: //p' | while IFS=, read -r _ mount _; do
	df -P -- "$mount" | awk 'NR == 2 { print $1 "," $6 "," $2 "," $3 "," $4 "," $5 }'
done | sed 's/,[0-9]*,[0-9]*,\([0-9]*%\)$/,\1/')" \
	"$(mon-sample --state-dir cpu | sed -n 's/^disk: //p' | sed 's/,[0-9]*,[0-9]*,\([0-9]*%\)$/,\1/')"
is "every mounted block device, once" \
	"$(awk '{ split($0, half, " - "); split(half[2], f, " "); if ($3 !~ /^0:/ || f[1] ~ /^(btrfs|bcachefs)$/) print $3 }' /proc/self/mountinfo | sort -u | wc -l)" \
	"$(mon-sample --state-dir cpu | grep -c ^disk)"

# ---- no mount of a captured machine is looked up here
run strace -f -o trace mon-sample --root "$fedora" --state-dir cpu
unlike "mounts of a captured machine are never touched" '"(/mnt|/run/media|/srv|/home/user/cloud)' "$(cat trace)"

# ---- disks beside, under and above mounts that hang, in a mount namespace of its own.
# They are FUSE mounts whose server never answers: whoever asks them waits for ever.
cat >mounts.sh <<'S'
disk() { # FOLDER: a new disk there
	truncate -s 2M "image$((n += 1))" && mkfs.ext4 -q "image$n" && mkdir -p "$1" && mount -o loop "image$n" "$1" || exit 99
}
disk 'm/a disk, here'
mkdir -p m/b m/shorter
mount --bind 'm/a disk, here' m/b
disk m/under
disk m/above/hidden
disk m/one
disk m/two
mount --move m/two m/one
mkdir -p m/nas
exec python3 "$MON_SRC/tests/harness/hang.py" m/under:m/above:m/nas bash ask.sh
S
cat >ask.sh <<'S'
timeout -s KILL 0.5 stat -f m/nas
echo "$?" >hangs
df -P m/b | awk 'NR == 2 { print $2 "," $3 "," $4 "," $5 }' >df
exec strace -f -e trace=file,statfs,fstatfs -o trace mon-sample --state-dir cpu
S
run unshare -m bash mounts.sh
if [ "$code" = 99 ] || ! [ -e hangs ]; then
	echo "skip: hung mounts: no loop devices, FUSE or mount namespaces here"
else
	is "the trap hangs whoever asks it" 137 "$(cat hangs)"
	is "it does not hang the sample" 0 "$code"
	is "a disk at the shortest of two mount points" "$work/m/b,$(cat df)" \
		"$(grep -o "^disk: /dev/loop[0-9]*,$work/m/b,.*" .out | cut -d, -f2-)"
	is "the disk on top of another" 1 "$(grep -c "^disk: .*,$work/m/one," .out)"
	unlike "what hangs, is hidden or lies under it" 'm/(under|above|nas|two)' "$out"
	unlike "was never looked up" 'm/(under|above|nas)' "$(cat trace)"
	like "what is left out is told" 'does not ask the disk /dev/loop.*; 2 in all' "$err"
fi
cat >comma.sh <<'S'
. ./mounts-part.sh
disk 'm2/a disk, "here"'
df -P 'm2/a disk, "here"' | awk 'NR == 2 { print $2 "," $3 "," $4 "," $5 }' >df
exec mon-sample --state-dir cpu
S
sed -n '/^disk()/,/^}/p' mounts.sh >mounts-part.sh
rm -f image*
run unshare -m bash comma.sh
[ "$code" != 0 ] || is "spaces, commas and quotes in a mount point" "$work/m2/a\\040disk\\054\\040\\042here\\042,$(cat df)" \
	"$(grep -o "^disk: /dev/loop[0-9]*,$work/m2/.*" .out | cut -d, -f2-)"
# ---- a disk that hangs all the same, for ever and where no signal reaches: it lies in an overlay of which a
# FUSE server holds the lower half.  The server answers at first, and then never again.
cat >server.py <<'P'
import ctypes, os, stat, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fd
if libc.mount(b"hung", sys.argv[1].encode(), b"fuse", 0, options) != 0:
    sys.exit(99)
def attr(ino):
    return struct.pack("<QQQQQQIIIIIIIIII", ino, 0, 0, 0, 0, 0, 0, 0, 0, stat.S_IFDIR | 0o755, 2, 0, 0, 0, 4096, 0)
def reply(error, body=b""):
    os.write(fd, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
while True:
    request = os.read(fd, 1 << 20)
    _, op, unique, node = struct.unpack_from("<IIQQ", request)
    if os.path.exists(sys.argv[2]) or op in (2, 42):  # FORGET wants no answer
        continue
    if op == 26:  # INIT
        reply(0, struct.pack("<IIIIHHI", 7, 31, 4096, 0, 12, 9, 4096) + bytes(40))
    elif op == 1 and request[40:].rstrip(b"\0") == b"d":  # LOOKUP; good for no time at all
        reply(0, struct.pack("<QQQQII", 2, 0, 0, 0, 0, 0) + attr(2))
    elif op == 3:  # GETATTR
        reply(0, struct.pack("<QII", 0, 0, 0) + attr(node))
    elif op == 17:  # STATFS
        reply(0, struct.pack("<QQQQQIIII", 100, 50, 50, 10, 5, 4096, 255, 4096, 0) + bytes(24))
    elif op == 27:  # OPENDIR
        reply(0, bytes(16))
    elif op in (28, 29, 44):  # READDIR, RELEASEDIR
        reply(0)
    else:
        reply(-2 if op == 1 else -38)
P
cat >overlay.sh <<'S'
mkdir -p h/fuse h/up h/ov
mount -t tmpfs t h/up && mkdir h/up/u h/up/w || exit 99
python3 server.py h/fuse stop &
server=$!
for i in $(seq 100); do
	grep -q "/h/fuse rw.* - fuse " /proc/self/mountinfo && break
	sleep 0.2
done
mount -t overlay -o lowerdir=h/fuse,upperdir=h/up/u,workdir=h/up/w overlay h/ov && mkdir h/ov/d
truncate -s 2M hung.img && mkfs.ext4 -q hung.img && mount -o loop hung.img h/ov/d || { kill -9 $server; exit 99; }
mon-sample --state-dir hung-state >good
echo $? >good-code
: >stop
# Through a pipe: it ends with the sample, whatever the helper does.
{ mon-sample --state-dir hung-state 2>first-err; echo "exit $?"; } | cat >first
helper=$(pgrep -f -- '--state-dir hung-stat[e]' | head -n 1)
[ -z "$helper" ] || { sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$helper/status"; find "/proc/$helper/fd" -mindepth 1 | wc -l; } >helper
QREXEC_REMOTE_DOMAIN=other strace -f -e trace=open,openat,clone -o again-trace mon-sample --state-dir hung-state >again
pgrep -fc -- '--state-dir hung-stat[e]' >helpers
kill -9 $server
for i in $(seq 50); do
	pgrep -f -- '--state-dir hung-stat[e]' >/dev/null || break
	sleep 0.1
done
pgrep -fc -- '--state-dir hung-stat[e]' >left
umount -l h/ov/d h/ov h/fuse h/up
S
run unshare -m bash overlay.sh
if ! [ -e left ]; then
	echo "skip: a disk that hangs: no loop devices, FUSE, overlay or mount namespaces here"
else
	is "before it hangs it has a row" "0 1" "$(cat good-code) $(grep -c "^disk: .*,$work/h/ov/d," good)"
	is "it hangs: the other figures come, the connection ends" "exit 3" "$(tail -n 1 first)"
	is "... the lines that came before, without it" "$(grep -v "/h/ov/d," good | cut -d, -f1 | grep -vE '^(alert|io):' | sed 's/: .*,*//' | sort)" \
		"$(grep -v ^exit first | cut -d, -f1 | grep -vE '^(alert|io):' | sed 's/: .*,*//' | sort)"
	like "... it is told" "no answer from the disk /dev/loop[0-9]* at $work/h/ov/d" "$(cat first-err)"
	is "... the helper hangs where no signal reaches it, and holds no descriptor" "D 0" "$(xargs <helper)"
	unlike "it is not touched again in this boot, for whatever caller" "h/ov/d" "$(cat again-trace)"
	is "... the others are" 1 "$(grep -c "^disk: .*,/," again)"
	is "... and no other helper was left" "1" "$(cat helpers)"
	is "the helper ends when the file system lets go of it" 0 "$(cat left)"
fi
finish
