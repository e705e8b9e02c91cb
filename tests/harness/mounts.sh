# mounts.sh - source it first, before lib.sh: the script goes on in a mount namespace of its own, in
# which a user is root; it is skipped where none is to be had.
if [ -z "${MON_TEST_MOUNTED-}" ]; then
	own=(unshare --mount --propagation private)
	[ "$(id -u)" = 0 ] || own+=(--map-root-user) # root needs none, and may have none in a chroot
	"${own[@]}" true 2>/dev/null || { echo "SKIP: this machine gives nobody a mount namespace of their own"; exit 77; }
	MON_TEST_MOUNTED=1 exec "${own[@]}" bash "$0" "$@"
fi
