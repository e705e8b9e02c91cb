/* disks.c - how full the mounted block devices are; see disks.h. */
#include <errno.h>
#include <string.h>

#include "disks.h"
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
	"autofs",
};

/* Kinds with a block device for which a network or a program answers all the same. */
static const char *const served_kinds[] = { "gfs2", "ocfs2", "fuseblk" };

/* Kinds with a block device whose major number is 0 all the same. */
static const char *const anonymous_kinds[] = { "btrfs", "bcachefs" };

/*
 * Kinds that tell from memory how full they are, and whose folders above a mount point are in memory, too
 * (the kernel's *_statfs(); a mount point is pinned).  Not xfs, which may wait for its queue, nor btrfs, vfat
 * and the like, which may read, nor overlay, which asks what it is made of.
 */
static const char *const ready_kinds[] = {
	"ext2",
	"ext3",
	"ext4",
	"tmpfs",
	"devtmpfs",
	"ramfs",
	"rootfs",
	"proc",
	"sysfs",
	"squashfs",
	"erofs",
	"iso9660",
};

/* Kinds that are an image: read-only, and so always full. */
static const char *const image_kinds[] = { "squashfs", "iso9660", "erofs", "cramfs", "romfs" };

#define IN(list, word) is_one_of((list), sizeof(list) / sizeof((list)[0]), (word))

/* A kind of FUSE has what it is behind a point: "fuseblk.ntfs-3g". */
static bool
is_one_of(const char *const *list, size_t n, struct mon_str type)
{
	const char *point = memchr(type.p, '.', type.n);

	if (point != NULL)
		type.n = (size_t)(point - type.p);
	for (size_t i = 0; i < n; i++)
		if (mon_str_is(type, list[i]))
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
		return !IN(served_kinds, m->type);
	return IN(local_kinds, m->type);
}

/* May it have a row of its own?  At "/" anything may. */
static bool
is_disk(const struct mount *m)
{
	return has_block_device(m) || mon_str_is(m->type, "zfs") ||
	       (IN(anonymous_kinds, m->type) && mon_str_begins(m->source, "/dev/")) ||
	       (m->point.n == 1 && may_be_touched(m));
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

struct mounts {
	size_t n;
	const struct mount *root; /* of list, or the next; NULL: there is no mount */
	struct mount unknown;     /* what a chroot without a mount at "/" lies in */
	struct mount list[MON_MOUNTS_MAX];
};

/* The mount that walking ${path} crosses into next, being in ${at}; NULL if it stays there. */
static const struct mount *
next_on_path(const struct mounts *all, const struct mount *at, struct mon_str path)
{
	const struct mount *next = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct mount *m = &all->list[i];

		/* What was mounted over "/" is not seen: no walk goes from "/" down into it. */
		if (m->parent == at->id && m->point.n > 1 && is_below(path, m->point) &&
		    (next == NULL || m->point.n < next->point.n))
			next = m;
	}
	return next;
}

static bool
has_parent(const struct mounts *all, const struct mount *m)
{
	for (size_t i = 0; i < all->n; i++)
		if (&all->list[i] != m && all->list[i].id == m->parent)
			return true;
	return false;
}

/*
 * The mount at the root is the one whose parent is not in the list, or is itself.  In a chroot
 * into a folder that is no mount point there is none; what is mounted below has a parent that is
 * not in the list, and that is the mount that the folder lies in.  What it is of is not known; but the folder
 * itself is in use by this very process.
 */
static void
find_root(struct mounts *all)
{
	const struct mount *top = NULL;

	all->root = NULL;
	for (size_t i = 0; i < all->n && all->root == NULL; i++) {
		const struct mount *m = &all->list[i];

		if ((m->point.n > 1 && top != NULL) || has_parent(all, m))
			continue;
		if (m->point.n == 1)
			all->root = m;
		else
			top = m;
	}
	if (all->root != NULL || top == NULL)
		return;
	all->unknown = (struct mount){
		.id = top->parent, .device = { "1:0", 3 }, .point = { "/", 1 }, .type = { "", 0 }
	};
	all->root = &all->unknown;
}

enum walk { LEADS_THERE, LEADS_ELSEWHERE, MAY_HANG };

/* Does the path of ${m} lead to ${m}, over nothing that may hang?  If all on it is of a ready kind, set
 * ${ret_ready}. */
static enum walk
walk_to(const struct mounts *all, const struct mount *m, bool *ret_ready)
{
	const struct mount *at = all->root;

	*ret_ready = true;
	/* A tree of n mounts has no walk of more than n steps, unless the list is no tree. */
	for (size_t steps = 0; at != NULL && steps <= all->n; steps++) {
		const struct mount *next;

		if (!may_be_touched(at))
			return MAY_HANG;
		*ret_ready = *ret_ready && IN(ready_kinds, at->type);
		next = next_on_path(all, at, m->point);
		if (next == NULL)
			return at == m ? LEADS_THERE : LEADS_ELSEWHERE;
		at = next;
	}
	return LEADS_ELSEWHERE;
}

/* Turn \ooo back into bytes, and end them by NUL; ${dst} has room for as many bytes and one, and may
 * be where ${in} is.  Return the length, or 0 if it is odd. */
static size_t
unescape(struct mon_str in, char *dst)
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
		if (c == 0 || c > 255)
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

static bool
add_disk(const struct mon_disk *d, struct mon_answer *answer)
{
	char source[MON_LINE_MAX];
	struct mon_disks_figures figures;
	size_t n = d->source.n < sizeof(source) ? unescape(d->source, source) : 0;

	/* A file system without blocks has no figures: that is how it is, no row is missing. */
	if (n == 0 || d->result < 0 || !mon_disks_figures(&d->usage, &figures))
		return true;
	mon_answer_begin(answer, MON_KIND_DISK);
	mon_answer_name(answer, source, n);
	mon_answer_name(answer, d->path, strlen(d->path));
	mon_answer_number(answer, figures.size_kb);
	mon_answer_number(answer, figures.used_kb);
	mon_answer_number(answer, figures.avail_kb);
	mon_answer_percent(answer, figures.pct_used);
	return mon_answer_end(answer);
}

static void
copy(char *dst, size_t cap, struct mon_str s)
{
	const size_t n = s.n < cap ? s.n : cap - 1;

	memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static int
rank_of(const struct mount *m)
{
	if (m->point.n == 1 || mon_str_is(m->point, "/rw"))
		return 0;
	if (IN(image_kinds, m->type))
		return 3;
	return mon_str_is(m->type, "zfs") ? 2 : 1;
}

#define RANKS 4

/* Which mounts are asked. */
struct choice {
	const struct mount *disks[MON_KIND_ROWS];
	size_t n;
};

static size_t
find_choice(const struct choice *choice, const struct mount *m)
{
	size_t k = 0;

	while (k < choice->n && !mon_str_same(choice->disks[k]->device, m->device))
		k++;
	return k;
}

static void
choose(struct choice *choice, const struct mounts *all, const struct mount *m,
    struct mon_disks_left *left)
{
	const size_t k = find_choice(choice, m);
	bool ready;

	if (k < choice->n && m->point.n >= choice->disks[k]->point.n)
		return;
	if (k == MON_KIND_ROWS)
		left->rows.cut++;
	else if (walk_to(all, m, &ready) == LEADS_THERE) {
		choice->disks[k] = m;
		choice->n += k == choice->n;
	}
}

/* Of a disk that was not chosen, is it so because asking it may hang? */
static void
look_why(const struct choice *choice, const struct mounts *all, const struct mount *m,
    struct mon_disks_left *left)
{
	bool ready;

	if (find_choice(choice, m) < choice->n || walk_to(all, m, &ready) != MAY_HANG ||
	    left->unsafe++ > 0)
		return;
	copy(left->unsafe_source, sizeof(left->unsafe_source), m->source);
	copy(left->unsafe_point, sizeof(left->unsafe_point), m->point);
	copy(left->unsafe_type, sizeof(left->unsafe_type), m->type);
}

/* In the kernel's order, but images behind all others. */
static void
sort(struct choice *choice)
{
	for (size_t i = 1; i < choice->n; i++) {
		const struct mount *m = choice->disks[i];
		const bool image = IN(image_kinds, m->type);
		size_t k = i;

		while (k > 0) {
			const struct mount *other = choice->disks[k - 1];
			const bool other_image = IN(image_kinds, other->type);

			if (other_image < image || (other_image == image && other < m))
				break;
			choice->disks[k--] = other;
		}
		choice->disks[k] = m;
	}
}

static void
parse_mounts(const char *buf, size_t len, struct mounts *ret, struct mon_disks_left *left)
{
	struct mon_scan text = { buf, buf + len }, line;

	ret->n = 0;
	while (mon_scan_line(&text, &line)) {
		if (ret->n == MON_MOUNTS_MAX) {
			left->mounts = true;
			break;
		}
		if (parse_mount(line, &ret->list[ret->n]))
			ret->n++;
		else
			left->rows.odd++;
	}
	find_root(ret);
	left->root = ret->root == NULL || ret->root == &ret->unknown;
}

/* A mount at "/" is not noted: all is below it, and what lies there is no choice of ours. */
static void
note_served(const struct mounts *all, struct mon_served *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct mount *m = &all->list[i];
		size_t n;

		if (may_be_touched(m) || m->point.n == 1 ||
		    m->point.n >= sizeof(ret->points) - ret->len)
			continue;
		n = unescape(m->point, ret->points + ret->len);
		ret->len += n > 0 ? n + 1 : 0;
	}
}

void
mon_disks_parse(char *buf, size_t len, mon_disks_ask_fn *ask, void *context,
    struct mon_answer *answer, struct mon_disks_left *left)
{
	static struct mounts mounts;
	static struct mon_disk disks[MON_KIND_ROWS];
	struct choice choice = { .n = 0 };
	size_t n = 0;

	parse_mounts(buf, len, &mounts, left);
	if (left->served != NULL)
		note_served(&mounts, left->served);
	for (int rank = 0; rank < (left->mounts ? 1 : RANKS); rank++)
		for (size_t i = 0; i < mounts.n; i++)
			if (is_disk(&mounts.list[i]) && rank_of(&mounts.list[i]) == rank)
				choose(&choice, &mounts, &mounts.list[i], left);
	/* Where some were cut it does not matter what else is missing. */
	for (size_t i = 0; i < mounts.n && left->rows.cut == 0 && !left->mounts; i++)
		if (is_disk(&mounts.list[i]))
			look_why(&choice, &mounts, &mounts.list[i], left);
	sort(&choice);
	for (size_t i = 0; i < choice.n; i++) {
		const struct mount *m = choice.disks[i];

		disks[i] = (struct mon_disk){
			.device = m->device, .source = m->source, .path = m->point.p
		};
		(void)walk_to(&mounts, m, &disks[i].ready);
	}
	/* Behind a mount point stands a blank, and no path is walked any more. */
	for (size_t i = 0; i < choice.n; i++) {
		const struct mon_str point = choice.disks[i]->point;

		disks[n] = disks[i];
		n += unescape(point, buf + (point.p - buf)) > 0;
	}
	ask(context, disks, n);
	for (size_t i = 0; i < n; i++)
		left->rows.cut += !add_disk(&disks[i], answer);
}

static int
find_capture(struct mon_str capture, const char *path, struct mon_disks_usage *ret)
{
	struct mon_scan text = { capture.p, capture.p + capture.n }, line;

	while (mon_scan_line(&text, &line)) {
		char point[MON_LINE_MAX];
		struct mon_disks_usage usage;
		struct mon_str word;

		if (mon_scan_word(&line, &word) && mon_scan_number(&line, &usage.unit) &&
		    mon_scan_number(&line, &usage.blocks) && mon_scan_number(&line, &usage.free) &&
		    mon_scan_number(&line, &usage.avail) && word.n < sizeof(point) &&
		    unescape(word, point) > 0 && strcmp(point, path) == 0) {
			*ret = usage;
			return 0;
		}
	}
	return -ENOENT;
}

void
mon_disks_capture(void *context, struct mon_disk *disks, size_t n)
{
	const struct mon_str *capture = context;

	for (size_t i = 0; i < n; i++)
		disks[i].result = find_capture(*capture, disks[i].path, &disks[i].usage);
}
