/*
 * copy.h - hand an archive to the vault, by the program that Qubes has for it.
 */
#ifndef MON_COPY_H
#define MON_COPY_H

enum mon_copy_exit {     /* of qvm-copy-to-vm (qfile-agent, qfile-unpacker, qrexec) */
	MON_COPY_OK = 0, /* whole, checked and synced there */
	MON_COPY_LOCAL = 1,
	MON_COPY_EXISTS = 17, /* EEXIST: the vault has a file of that name */
	MON_COPY_FULL = 28,   /* ENOSPC there */
	MON_COPY_BROKEN = 121,
	MON_COPY_BADSERVICE = 125,
	MON_COPY_REFUSED = 126,
	MON_COPY_NOSERVICE = 127,
	MON_COPY_GONE = 255, /* the connection ended with the vault */
};

#define MON_COPY_PROGRAM "qvm-copy-to-vm"

/*
 * mon_copy_run(vault, path, timeout_ms, ret_code):
 * Copy the file ${path} (absolute) to ${vault}.  Return 0 with the program's exit code, which
 * is 128 + N after signal N; -ETIMEDOUT if it did not end in time, and was killed; -ENOENT if
 * there is no such program; or another -errno, ${ret_code} untouched.
 */
int mon_copy_run(const char *vault, const char *path, unsigned timeout_ms, int *ret_code);

/*
 * mon_copy_advice(r, code):
 * Return what a failure of mon_copy_run() (${r} < 0) or the program's exit ${code} means and
 * what to do, as the end of a sentence; static storage.
 */
const char *mon_copy_advice(int r, int code);

#endif /* !MON_COPY_H */
