# sample-disks.sh - disks of this machine: as df -P prints them, and nothing that hangs is touched.
. "$(dirname "$0")/lib.sh"
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
cat >hang.py <<'P'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for folder in sys.argv[1].split(":"):
    fd = os.open("/dev/fuse", os.O_RDWR)
    os.set_inheritable(fd, True)
    if libc.mount(b"hung", folder.encode(), b"fuse", 0, b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fd) != 0:
        sys.exit(99)
os.execvp(sys.argv[2], sys.argv[2:])
P
cat >mounts.sh <<'S'
disk() { # FOLDER: a new disk there
	truncate -s 2M "image$((n += 1))" && PATH=$PATH:/sbin mkfs.ext4 -q "image$n" && mkdir -p "$1" && mount -o loop "image$n" "$1" || exit 99
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
exec python3 hang.py m/under:m/above:m/nas bash ask.sh
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
[ "$code" = 99 ] || is "spaces, commas and quotes in a mount point" "$work/m2/a\\040disk\\054\\040\\042here\\042,$(cat df)" \
	"$(grep -o "^disk: /dev/loop[0-9]*,$work/m2/.*" .out | cut -d, -f2-)"
finish
