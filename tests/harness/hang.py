"""hang.py FOLDER[:FOLDER]... COMMAND...: run COMMAND where each FOLDER is a FUSE mount whose server never answers: whoever asks
it waits for ever.  In a mount namespace of the caller's own; exit 99 where there is no FUSE."""
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
for folder in sys.argv[1].split(":"):
    fd = os.open("/dev/fuse", os.O_RDWR)
    os.set_inheritable(fd, True)
    options = b"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fd
    if libc.mount(b"hung", folder.encode(), b"fuse", 0, options) != 0:
        sys.exit(99)
os.execvp(sys.argv[2], sys.argv[2:])
