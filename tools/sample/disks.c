/* disks.c - how full the mounted block devices are; see disks.h. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>

#include "disks.h"
#include "io.h"
#include "scan.h"

struct mount {
	uint64_t id, parent;
	struct mon_str device; /* "major:minor" */
	struct mon_str point;  /* with \ooo */
	struct mon_str type, source;
};

/*
 * Kinds without a block device that this kernel answers for by itself.  Whatever else has none
 * (nfs, cifs, 9p, fuse, autofs, ...) may wait for somebody, and so may what is not listed.
 */
static const char *const local_kinds[] = {
	"tmpfs",
	"devtmpfs",
	"ramfs",
	"rootfs",
	"overlay",
	"btrfs",
	"bcachefs",
	"zfs",
	"proc",
	"sysfs",
	"cgroup",
	"cgroup2",
	"devpts",
	"mqueue",
	"hugetlbfs",
	"securityfs",
	"debugfs",
	"tracefs",
	"configfs",
	"pstore",
	"bpf",
	"efivarfs",
	"fusectl",
	"binfmt_misc",
	"nsfs",
	"selinuxfs",
	"xenfs",
	"squashfs",
	"ubifs",
	"aufs",
};

/* Kinds with a block device that is shared over the network. */
static const char *const shared_kinds[] = { "gfs2", "ocfs2" };

/* Kinds with a block device whose major number is 0 all the same. */
static const char *const anonymous_kinds[] = { "btrfs", "bcachefs" };

#define IN(list, word) is_one_of((list), sizeof(list) / sizeof((list)[0]), (word))

static bool
is_one_of(const char *const *list, size_t n, struct mon_str word)
{
	for (size_t i = 0; i < n; i++)
		if (mon_str_is(word, list[i]))
			return true;
	return false;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool
parse_mount(struct mon_scan line, struct mount *ret)
{
	struct mount m;
	struct mon_str word;

	if (!mon_scan_number(&line, &m.id) || !mon_scan_number(&line, &m.parent) ||
	    !mon_scan_word(&line, &m.device) || memchr(m.device.p, ':', m.device.n) == NULL ||
	    !mon_scan_word(&line, &word) || !mon_scan_word(&line, &m.point) || *m.point.p != '/')
		return false;
	do
		if (!mon_scan_word(&line, &word))
			return false;
	while (!mon_str_is(word, "-"));
	if (!mon_scan_word(&line, &m.type))
		return false;
	/* An empty source is printed as nothing: two blanks in a row. */
	if (line.end - line.p >= 2 && line.p[0] == ' ' && line.p[1] == ' ')
		m.source = (struct mon_str){ line.p + 1, 0 };
	else if (!mon_scan_word(&line, &m.source))
		return false;
	*ret = m;
	return true;
}

static bool
has_block_device(const struct mount *m)
{
	return !mon_str_begins(m->device, "0:");
}

static bool
may_be_touched(const struct mount *m)
{
	if (has_block_device(m))
		return !IN(shared_kinds, m->type);
	return IN(local_kinds, m->type);
}

static bool
is_disk(const struct mount *m)
{
	if (!may_be_touched(m))
		return false;
	return has_block_device(m) ||
	       (IN(anonymous_kinds, m->type) && mon_str_begins(m->source, "/dev/"));
}

/* Is ${path} the folder ${above}, or in it? */
static bool
is_below(struct mon_str path, struct mon_str above)
{
	if (above.n == 1) /* "/" */
		return true;
	return path.n >= above.n && memcmp(path.p, above.p, above.n) == 0 &&
	       (path.n == above.n || path.p[above.n] == '/');
}

/* The mount that walking ${path} crosses into next, being in ${at}; NULL if it stays there. */
static const struct mount *
next_on_path(const struct mount *mounts, size_t n, const struct mount *at, struct mon_str path)
{
	const struct mount *next = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct mount *m = &mounts[i];

		/* What was mounted over "/" is not seen: no walk goes from "/" down into it. */
		if (m->parent == at->id && m->point.n > 1 && is_below(path, m->point) &&
		    (next == NULL || m->point.n < next->point.n))
			next = m;
	}
	return next;
}

/* The mount at the root: the one whose parent is not in the list, or is itself. */
static const struct mount *
find_root(const struct mount *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool parent = false;

		if (mounts[i].point.n != 1)
			continue;
		for (size_t k = 0; k < n && !parent; k++)
			parent = k != i && mounts[k].id == mounts[i].parent;
		if (!parent)
			return &mounts[i];
	}
	return NULL;
}

/* Does the path of ${m} lead to ${m}, over nothing that may hang? */
static bool
is_safe(const struct mount *mounts, size_t n, const struct mount *root, const struct mount *m)
{
	const struct mount *at = root;

	/* A tree of n mounts has no walk of more than n steps, unless the list is no tree. */
	for (size_t steps = 0; steps <= n; steps++) {
		const struct mount *next;

		if (!may_be_touched(at))
			return false;
		next = next_on_path(mounts, n, at, m->point);
		if (next == NULL)
			return at == m;
		at = next;
	}
	return false;
}

/* Turn \ooo back into bytes.  Return the length, or 0 if it does not fit or is odd. */
static size_t
unescape(struct mon_str in, char *dst, size_t cap)
{
	size_t out = 0;

	for (size_t i = 0; i < in.n; i++, out++) {
		unsigned c = (unsigned char)in.p[i];

		if (c == '\\') {
			if (in.n - i < 4)
				return 0;
			c = 0;
			for (size_t k = 1; k <= 3; k++) {
				if (in.p[i + k] < '0' || in.p[i + k] > '7')
					return 0;
				c = c * 8 + (unsigned)(in.p[i + k] - '0');
			}
			i += 3;
		}
		if (c == 0 || c > 255 || out + 1 >= cap)
			return 0;
		dst[out] = (char)c;
	}
	dst[out] = '\0';
	return out;
}

static uint64_t
to_kb(unsigned __int128 bytes)
{
	unsigned __int128 kb = (bytes + 1023) / 1024;

	return kb > INT64_MAX ? INT64_MAX : (uint64_t)kb;
}

bool
mon_disks_figures(const struct mon_disks_usage *usage, struct mon_disks_figures *ret)
{
	unsigned __int128 used, whole;

	if (usage->blocks == 0 || usage->unit == 0 || usage->free > usage->blocks)
		return false;
	used = usage->blocks - usage->free;
	whole = used + usage->avail;
	*ret = (struct mon_disks_figures){
		.size_kb = to_kb((unsigned __int128)usage->blocks * usage->unit),
		.used_kb = to_kb(used * usage->unit),
		.avail_kb = to_kb((unsigned __int128)usage->avail * usage->unit),
		.pct_used = whole > 0 ? (unsigned)((used * 100 + whole - 1) / whole) : 0,
	};
	return true;
}

static void
add_disk(const struct mount *m, mon_disks_usage_fn *ask, void *context, struct mon_answer *answer)
{
	static char source[PATH_MAX], point[PATH_MAX];
	const size_t source_len = unescape(m->source, source, sizeof(source));
	const size_t point_len = unescape(m->point, point, sizeof(point));
	struct mon_disks_usage usage;
	struct mon_disks_figures figures;

	if (source_len == 0 || point_len == 0 || ask(context, point, &usage) < 0 ||
	    !mon_disks_figures(&usage, &figures))
		return;
	mon_answer_begin(answer, MON_KIND_DISK);
	mon_answer_name(answer, source, source_len);
	mon_answer_name(answer, point, point_len);
	mon_answer_number(answer, figures.size_kb);
	mon_answer_number(answer, figures.used_kb);
	mon_answer_number(answer, figures.avail_kb);
	mon_answer_percent(answer, figures.pct_used);
	mon_answer_end(answer);
}

int
mon_disks_parse(
    const char *buf, size_t len, mon_disks_usage_fn *ask, void *context, struct mon_answer *answer)
{
	static struct mount mounts[MON_MOUNTS_MAX];
	const struct mount *disks[MON_KIND_ROWS], *root;
	struct mon_scan text = { buf, buf + len }, line;
	size_t n = 0, ndisks = 0;

	while (mon_scan_line(&text, &line)) {
		if (n == MON_MOUNTS_MAX)
			return -E2BIG;
		n += parse_mount(line, &mounts[n]);
	}
	root = find_root(mounts, n);
	for (size_t i = 0; root != NULL && i < n; i++) {
		const struct mount *m = &mounts[i];
		size_t k = 0;

		if (!is_disk(m))
			continue;
		while (k < ndisks && !mon_str_same(disks[k]->device, m->device))
			k++;
		if (k == MON_KIND_ROWS || (k < ndisks && m->point.n >= disks[k]->point.n) ||
		    !is_safe(mounts, n, root, m))
			continue;
		disks[k] = m;
		ndisks += k == ndisks;
	}
	for (size_t i = 0; i < ndisks; i++)
		add_disk(disks[i], ask, context, answer);
	return 0;
}

static int
ask_kernel(void *context, const char *path, struct mon_disks_usage *ret)
{
	struct statvfs st;

	(void)context;
	if (statvfs(path, &st) < 0)
		return -errno;
	*ret = (struct mon_disks_usage){ st.f_frsize, st.f_blocks, st.f_bfree, st.f_bavail };
	return 0;
}

static int
ask_capture(void *context, const char *path, struct mon_disks_usage *ret)
{
	const struct mon_str *capture = context;
	struct mon_scan text = { capture->p, capture->p + capture->n }, line;
	static char point[PATH_MAX];

	while (mon_scan_line(&text, &line)) {
		struct mon_disks_usage usage;
		struct mon_str word;

		if (mon_scan_word(&line, &word) && mon_scan_number(&line, &usage.unit) &&
		    mon_scan_number(&line, &usage.blocks) && mon_scan_number(&line, &usage.free) &&
		    mon_scan_number(&line, &usage.avail) &&
		    unescape(word, point, sizeof(point)) > 0 && strcmp(point, path) == 0) {
			*ret = usage;
			return 0;
		}
	}
	return -ENOENT;
}

int
mon_disks_read(int rootfd, bool live, char *buf, size_t cap, struct mon_answer *answer)
{
	struct mon_str capture = { NULL, 0 };
	size_t len = 0;
	int r = mon_io_slurp(rootfd, "proc/self/mountinfo", buf, cap, &len);

	if (r < 0)
		return r;
	if (live)
		return mon_disks_parse(buf, len, ask_kernel, NULL, answer);
	r = mon_io_slurp(rootfd, "statvfs", buf + len, cap - len, &capture.n);
	if (r < 0)
		return r;
	capture.p = buf + len;
	return mon_disks_parse(buf, len, ask_capture, &capture, answer);
}
