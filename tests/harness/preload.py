"""preload.py - crash/fault.c, built in the file $MON_FAULT, where LD_PRELOAD can take it from."""
import os


def link_fault(work):
    """A link to it in the folder ${work}, for LD_PRELOAD takes no path with a space; $MON_FAULT names the link from now on."""
    link = os.path.join(work, "fault.so")
    os.symlink(os.environ["MON_FAULT"], link)
    os.environ["MON_FAULT"] = link
    return link
