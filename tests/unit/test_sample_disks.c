/* test_sample_disks.c - which mounts are asked, and what is made of the answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "check.h"
#include "disks.h"
#include "wire.h"

/* ---- figures ---- */

#define MAX UINT64_MAX
#define TOP INT64_MAX

static const struct {
	const char *what;
	struct mon_disks_usage usage;
	bool ok;
	struct mon_disks_figures want;
} figures[] = {
	/*               unit  blocks free avail         size used avail pct */
	{ "a usual one", { 4096, 1000, 500, 400 }, true, { 4000, 2000, 1600, 56 } },
	{ "percent is rounded up", { 1024, 1000, 999, 999 }, true, { 1000, 1, 999, 1 } },
	{ "exactly half", { 1024, 1000, 500, 500 }, true, { 1000, 500, 500, 50 } },
	{ "empty", { 1024, 1000, 1000, 1000 }, true, { 1000, 0, 1000, 0 } },
	{ "full", { 1024, 1000, 0, 0 }, true, { 1000, 1000, 0, 100 } },
	{ "only the reserve is left", { 1024, 1000, 50, 0 }, true, { 1000, 950, 0, 100 } },
	{ "all is reserved", { 1024, 1000, 1000, 0 }, true, { 1000, 0, 0, 0 } },
	{ "half a KiB is rounded up", { 512, 3, 2, 1 }, true, { 2, 1, 1, 50 } },
	{ "as large as can be", { MAX, MAX, 0, MAX }, true, { TOP, TOP, TOP, 50 } },
	{ "no blocks", { 4096, 0, 0, 0 }, false, { 0 } },
	{ "no unit", { 0, 10, 5, 5 }, false, { 0 } },
	{ "more free than there is", { 4096, 10, 11, 5 }, false, { 0 } },
};

static void
makes_figures(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(figures); i++) {
		const struct mon_disks_figures *want = &figures[i].want;
		struct mon_disks_figures got;

		check_fill(&got, sizeof(got));
		CHECK_EQ(mon_disks_figures(&figures[i].usage, &got), figures[i].ok, "%s",
		    figures[i].what);
		if (figures[i].ok) {
			CHECK_EQ(got.size_kb, want->size_kb, "%s", figures[i].what);
			CHECK_EQ(got.used_kb, want->used_kb, "%s", figures[i].what);
			CHECK_EQ(got.avail_kb, want->avail_kb, "%s", figures[i].what);
			CHECK_EQ(got.pct_used, want->pct_used, "%s", figures[i].what);
		} else {
			CHECK(check_untouched(&got, sizeof(got)), "%s", figures[i].what);
		}
	}
	check_done();
}

/* ---- which mounts ---- */

#define ROOT "1 0 8:1 / / rw - ext4 /dev/a rw\n"

/* Each disk found is 1000 KiB, half full: what is looked at is which, and what was asked. */
static const struct {
	const char *what, *text;
	size_t len;
	const char *want;  /* "SOURCE MOUNT;" for each line */
	const char *asked; /* "MOUNT;" for each question */
} mounts[] = {
	{ "the root", L(ROOT), "/dev/a /;", "/;" },
	{ "two disks", L(ROOT "2 1 8:2 / /home rw - ext4 /dev/b rw\n"), "/dev/a /;/dev/b /home;",
	    "/;/home;" },
	{ "optional fields", L("1 0 8:1 / / rw shared:1 master:2 unbindable - ext4 /dev/a rw\n"),
	    "/dev/a /;", "/;" },
	{ "a bind mount: the shortest",
	    L(ROOT "2 1 8:2 /x /home/x rw - ext4 /dev/b rw\n"
		   "3 1 8:2 / /rw rw - ext4 /dev/b rw\n"
		   "4 1 8:2 /y /usr/y rw - ext4 /dev/b rw\n"),
	    "/dev/a /;/dev/b /rw;", "/;/rw;" },
	{ "the first of two as short",
	    L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw\n"
		   "3 1 8:2 / /a rw - ext4 /dev/b rw\n"),
	    "/dev/a /;/dev/b /b;", "/;/b;" },
	{ "no pseudo file systems",
	    L(ROOT "2 1 0:5 / /dev rw - devtmpfs udev rw\n"
		   "3 1 0:6 / /proc rw - proc proc rw\n"
		   "4 1 0:7 / /run rw - tmpfs tmpfs rw\n"
		   "5 1 0:8 / /x rw - tmpfs /dev/fake rw\n"),
	    "/dev/a /;", "/;" },
	{ "btrfs",
	    L("1 0 0:33 /root / rw - btrfs /dev/a rw\n2 1 0:33 /home /home rw - btrfs /dev/a rw\n"),
	    "/dev/a /;", "/;" },
	{ "a disk of an anonymous kind without a device",
	    L(ROOT "2 1 0:33 / /b rw - btrfs nothing rw\n"), "/dev/a /;", "/;" },
	{ "a program answers for a disk", L(ROOT "2 1 8:2 / /usb rw - fuseblk /dev/b rw\n"),
	    "/dev/a /;", "/;" },
	{ "the same with its kind behind a point",
	    L(ROOT
		"2 1 8:2 / /usb rw - fuseblk.ntfs-3g /dev/b rw\n3 2 8:3 / /usb/c rw - ext4 /dev/c rw\n"),
	    "/dev/a /;", "/;" },
	{ "mounted by an automount",
	    L(ROOT "2 1 0:40 / /b rw - autofs systemd-1 rw\n3 2 8:2 / /b rw - ext4 /dev/b rw\n"),
	    "/dev/a /;/dev/b /b;", "/;/b;" },
	{ "an automount that is not mounted", L(ROOT "2 1 0:40 / /b rw - autofs systemd-1 rw\n"),
	    "/dev/a /;", "/;" },
	{ "a network mount by an automount",
	    L(ROOT "2 1 0:40 / /b rw - autofs systemd-1 rw\n3 2 0:41 / /b rw - nfs s:/x rw\n"
		   "4 3 8:2 / /b/c rw - ext4 /dev/b rw\n"),
	    "/dev/a /;", "/;" },
	{ "zfs", L("1 0 0:20 / / rw - zfs pool/root rw\n2 1 0:21 / /home rw - zfs pool/home rw\n"),
	    "pool/root /;pool/home /home;", "/;/home;" },
	{ "the root is an overlay, and no other is a disk",
	    L("1 0 0:20 / / rw - overlay overlay rw\n2 1 8:2 / /rw rw - ext4 /dev/b rw\n"
	      "3 1 0:21 / /var/lib/docker/x rw - overlay overlay rw\n"),
	    "overlay /;/dev/b /rw;", "/;/rw;" },
	{ "the root is a tmpfs", L("1 0 0:20 / / rw - tmpfs live rw\n"), "live /;", "/;" },
	{ "images come last",
	    L(ROOT "2 1 7:1 / /snap/x ro - squashfs /dev/loop1 ro\n"
		   "3 1 8:2 / /b rw - ext4 /dev/b rw\n4 1 11:0 / /cd ro - iso9660 /dev/sr0 ro\n"
		   "5 1 8:3 / /c rw - ext4 /dev/c rw\n"),
	    "/dev/a /;/dev/b /b;/dev/c /c;/dev/loop1 /snap/x;/dev/sr0 /cd;",
	    "/;/b;/c;/snap/x;/cd;" },
	{ "no network, no fuse",
	    L(ROOT "2 1 0:5 / /n rw - nfs4 s:/x rw\n3 1 0:6 / /c rw - cifs //s/x rw\n"
		   "4 1 0:7 / /s rw - fuse.sshfs s: rw\n5 1 0:8 / /f rw - fuse /dev/fuse rw\n"
		   "6 1 0:9 / /p rw - 9p tag rw\n7 1 0:10 / /v rw - virtiofs tag rw\n"
		   "8 1 0:11 / /a rw - autofs map rw\n9 1 0:12 / /l rw - lustre s:/x rw\n"),
	    "/dev/a /;", "/;" },
	{ "a disk shared over the network", L(ROOT "2 1 8:2 / /g rw - gfs2 /dev/b rw\n"),
	    "/dev/a /;", "/;" },
	{ "a kind not heard of yet",
	    L(ROOT "2 1 0:5 / /n rw - newfs /dev/n rw\n"
		   "3 2 8:2 / /n/b rw - ext4 /dev/b rw\n"),
	    "/dev/a /;", "/;" },
	{ "below a network mount",
	    L(ROOT "2 1 0:5 / /n rw - nfs s:/x rw\n3 2 8:2 / /n/b rw - ext4 /dev/b rw\n"),
	    "/dev/a /;", "/;" },
	{ "under a network mount",
	    L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw\n3 2 0:5 / /b rw - nfs s:/x rw\n"),
	    "/dev/a /;", "/;" },
	{ "hidden by one above",
	    L(ROOT "2 1 8:2 / /h/b rw - ext4 /dev/b rw\n3 1 0:5 / /h rw - nfs s:/x rw\n"),
	    "/dev/a /;", "/;" },
	{ "hidden by a tmpfs",
	    L(ROOT "2 1 8:2 / /h/b rw - ext4 /dev/b rw\n3 1 0:5 / /h rw - tmpfs t rw\n"),
	    "/dev/a /;", "/;" },
	{ "the same disk, hidden where it is shorter",
	    L(ROOT "2 1 8:2 / /h rw - ext4 /dev/b rw\n3 1 8:2 / /longer rw - ext4 /dev/b rw\n"
		   "4 2 0:5 / /h rw - nfs s:/x rw\n"),
	    "/dev/a /;/dev/b /longer;", "/;/longer;" },
	{ "a disk over a disk",
	    L(ROOT "2 1 8:2 / /d rw - ext4 /dev/b rw\n3 2 8:3 / /d rw - ext4 /dev/c rw\n"),
	    "/dev/a /;/dev/c /d;", "/;/d;" },
	{ "a disk over a network mount",
	    L(ROOT "2 1 0:5 / /d rw - nfs s:/x rw\n3 2 8:3 / /d rw - ext4 /dev/c rw\n"),
	    "/dev/a /;", "/;" },
	{ "a name that begins alike hides nothing",
	    L(ROOT "2 1 0:5 / /mnt rw - nfs s:/x rw\n3 1 8:2 / /mnt2 rw - ext4 /dev/b rw\n"),
	    "/dev/a /;/dev/b /mnt2;", "/;/mnt2;" },
	{ "the root is a network mount",
	    L("1 0 0:5 / / rw - nfs s:/x rw\n2 1 8:2 / /b rw - ext4 /dev/b rw\n"), "", "" },
	{ "mounted over the root: not seen",
	    L(ROOT "2 1 8:2 / / rw - ext4 /dev/b rw\n"
		   "3 2 8:3 / /c rw - ext4 /dev/c rw\n"),
	    "/dev/a /;", "/;" },
	{ "the root is its own parent", L("1 1 8:1 / / rw - ext4 /dev/a rw\n"), "/dev/a /;", "/;" },
	{ "a ring", L(ROOT "2 3 8:2 / /b rw - ext4 /dev/b rw\n3 2 8:3 / /b rw - ext4 /dev/c rw\n"),
	    "/dev/a /;", "/;" },
	{ "a ring on the way",
	    L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw\n2 2 8:3 / /b rw - ext4 /dev/c rw\n"),
	    "/dev/a /;", "/;" },
	{ "spaces and commas", L(ROOT "2 1 8:2 / /a\\040b,c rw - ext4 /dev/x\\011y rw\n"),
	    "/dev/a /;/dev/x\\011y /a\\040b\\054c;", "/;/a b,c;" },
	{ "a backslash", L(ROOT "2 1 8:2 / /a\\134b rw - ext4 /dev/b rw\n"),
	    "/dev/a /;/dev/b /a\\134b;", "/;/a\\b;" },
	{ "an odd escape", L(ROOT "2 1 8:2 / /a\\9 rw - ext4 /dev/b rw\n"), "/dev/a /;", "/;" },
	{ "an escaped NUL", L(ROOT "2 1 8:2 / /a\\000b rw - ext4 /dev/b rw\n"), "/dev/a /;", "/;" },
	{ "an escape past 255", L(ROOT "2 1 8:2 / /a\\777b rw - ext4 /dev/b rw\n"), "/dev/a /;",
	    "/;" },
	{ "an empty source",
	    L(ROOT "2 1 0:5 / /t rw -  tmpfs  rw\n3 1 0:6 / /u rw - tmpfs  rw\n"
		   "4 1 8:2 / /b rw - ext4 /dev/b rw\n"),
	    "/dev/a /;/dev/b /b;", "/;/b;" },
	{ "no hyphen", L(ROOT "2 1 8:2 / /b rw shared:1 ext4 /dev/b rw\n"), "/dev/a /;", "/;" },
	{ "a relative point", L(ROOT "2 1 8:2 / b rw - ext4 /dev/b rw\n"), "/dev/a /;", "/;" },
	{ "one that cannot be asked", L(ROOT "2 1 8:2 / /fails rw - ext4 /dev/b rw\n"), "/dev/a /;",
	    "/;/fails;" },
	{ "the last line is cut off", L(ROOT "2 1 8:2 / /b rw - ext4 /dev/b rw"), "/dev/a /;",
	    "/;" },
	{ "no mount at the root: those below",
	    L("2 1 8:2 / /b rw - ext4 /dev/b rw\n3 1 0:5 / /n rw - nfs s:/ rw\n"
	      "4 3 8:3 / /n/c rw - ext4 /dev/c rw\n"),
	    "/dev/b /b;", "/b;" },
	{ "empty", L(""), "", "" },
};

static char asked[65536];
static char ready[65536]; /* those of them that may be asked without a helper */
static struct mon_answer answer;

static void
ask(void *context, struct mon_disk *disks, size_t n)
{
	CHECK(context == asked, "the context is handed on");
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(asked), ready_len = strlen(ready);

		snprintf(asked + len, sizeof(asked) - len, "%s;", disks[i].path);
		if (disks[i].ready)
			snprintf(
			    ready + ready_len, sizeof(ready) - ready_len, "%s;", disks[i].path);
		disks[i].result = strcmp(disks[i].path, "/fails") == 0 ? -EACCES : 0;
		disks[i].usage = (struct mon_disks_usage){ 1024, 1000, 500, 500 };
	}
}

/* The answer as "SOURCE MOUNT;" for each line. */
static const char *
summary(void)
{
	static char text[MON_ANSWER_MAX];
	size_t out = 0;

	for (const char *p = answer.buf, *end = p + answer.len; p < end;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		struct mon_payload payload;
		int commas = 0;

		CHECK_EQ(mon_wire_payload(p, (size_t)(lf - p), MON_FROM_GUEST, &payload),
		    MON_WIRE_OK, "%.*s", (int)(lf - p), p);
		for (p += strlen("disk: "); p < lf && commas < 2; p++) {
			commas += *p == ',';
			text[out++] = *p != ',' ? *p : commas == 1 ? ' ' : ';';
		}
		p = lf + 1;
	}
	text[out] = '\0';
	return text;
}

static struct mon_disks_left
parse(char *text, size_t len)
{
	struct mon_disks_left left = { .unsafe = 0 };

	*asked = *ready = '\0';
	mon_answer_reset(&answer);
	mon_disks_parse(text, len, ask, asked, &answer, &left);
	return left;
}

static void
chooses_mounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHECK_LEN(mounts); i++) {
		char *exact = check_dup(mounts[i].text, mounts[i].len);

		parse(exact, mounts[i].len);
		CHECK(strcmp(summary(), mounts[i].want) == 0, "%s: %s", mounts[i].what, summary());
		CHECK(strcmp(asked, mounts[i].asked) == 0, "%s: asked %s", mounts[i].what, asked);
		free(exact);
	}
	check_done();
}

static struct mon_disks_left
parse_literal(const char *text)
{
	char *exact = check_dup(text, strlen(text));
	struct mon_disks_left left = parse(exact, strlen(text));

	free(exact);
	return left;
}

/* All others may wait for a disk, or for somebody, and are a helper's. */
static void
tells_who_is_ready(void **state)
{
	(void)state;
	parse_literal("1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:5 / /run rw - tmpfs t rw\n"
		      "3 2 8:2 / /run/s ro - squashfs /dev/s ro\n4 1 8:3 / /x rw - xfs /dev/x rw\n"
		      "5 4 8:4 / /x/e rw - ext4 /dev/e rw\n6 1 8:5 / /v rw - vfat /dev/v rw\n"
		      "7 1 0:6 / /o rw - overlay o rw\n8 7 8:6 / /o/e rw - ext4 /dev/f rw\n"
		      "9 1 0:7 / /a rw - autofs a rw\n10 9 8:7 / /a/e rw - ext4 /dev/g rw\n");
	CHECK(strcmp(asked, "/;/x;/x/e;/v;/o/e;/a/e;/run/s;") == 0, "asked %s", asked);
	CHECK(strcmp(ready, "/;/run/s;") == 0, "ready: %s", ready);
	parse_literal(ROOT "2 1 8:2 / /My\\040Disk rw - ext4 /dev/b rw\n"
			   "3 2 8:3 / /My\\040Disk/sub rw - xfs /dev/c rw\n");
	CHECK(strcmp(asked, "/;/My Disk;/My Disk/sub;") == 0, "asked %s", asked);
	CHECK(strcmp(ready, "/;/My Disk;") == 0, "below a blank: %s", ready);
	parse_literal("1 0 0:9 / / rw - overlay o rw\n2 1 8:2 / /rw rw - ext4 /dev/b rw\n");
	CHECK(strcmp(asked, "/;/rw;") == 0 && *ready == '\0', "below an overlay: %s", ready);
	parse_literal("2 1 8:2 / /rw rw - ext4 /dev/b rw\n");
	CHECK(strcmp(asked, "/rw;") == 0 && *ready == '\0', "below nobody knows what: %s", ready);
	check_done();
}

static void
tells_what_is_left_out(void **state)
{
	struct mon_disks_left left;

	(void)state;
	left = parse_literal(ROOT "2 1 0:5 / /n rw - nfs s:/x rw\n3 1 0:6 / /t rw - tmpfs t rw\n");
	CHECK_EQ(left.unsafe, 0, "a network mount is no disk of this machine");
	left = parse_literal(
	    ROOT "2 1 8:2 / /usb rw - fuseblk /dev/b rw\n"
		 "3 1 0:5 / /n rw - nfs s:/x rw\n4 3 8:3 / /n/c rw - ext4 /dev/c rw\n");
	CHECK_EQ(left.unsafe, 2, "a program's disk, one below a network mount");
	CHECK(strcmp(left.unsafe_source, "/dev/b") == 0 && strcmp(left.unsafe_point, "/usb") == 0 &&
		  strcmp(left.unsafe_type, "fuseblk") == 0,
	    "the first is named: %s %s %s", left.unsafe_source, left.unsafe_point,
	    left.unsafe_type);
	left =
	    parse_literal(ROOT "2 1 0:5 / /n rw - nfs s:/x rw\n3 2 8:3 / /n/c rw - ext4 /dev/c rw\n"
			       "4 1 8:3 / /longer/path rw - ext4 /dev/c rw\n");
	CHECK_EQ(left.unsafe, 0, "it has a row, by another mount point");
	left = parse_literal(
	    ROOT "2 1 8:2 / /h rw - ext4 /dev/b rw\n3 2 8:3 / /h rw - ext4 /dev/c rw\n");
	CHECK_EQ(left.unsafe, 0, "hidden by another disk: df does not show it either");
	CHECK(!left.root && !left.mounts && left.rows.cut == 0 && left.rows.odd == 0, "no more");
	left = parse_literal("2 1 8:2 / /b rw - ext4 /dev/b rw\n");
	CHECK(left.root, "nothing is mounted at the root");
	left = parse_literal(ROOT "half a line\nand one more\n");
	CHECK_EQ(left.rows.odd, 2, "lines that are none");
	check_done();
}

/* "/" and /rw behind as many others as there may be, and whatever may be cut. */
static void
bounds_what_it_looks_at(void **state)
{
	static char text[(MON_MOUNTS_MAX + 10) * 64];
	struct mon_disks_left left;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < MON_MOUNTS_MAX - 2; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%d 1 7:%d / /m%d ro - %s /dev/l%d ro\n", i + 10, i, i,
		    i % 2 == 0 ? "squashfs" : "ext4", i);
	len += (size_t)snprintf(text + len, sizeof(text) - len,
	    "2 1 8:2 / /rw rw - ext4 /dev/b rw\n1 0 8:1 / / rw - ext4 /dev/a rw\n");
	left = parse(text, len);
	CHECK_EQ(answer.lines, MON_KIND_ROWS, "as many as a kind may have");
	CHECK_EQ(left.rows.cut, MON_MOUNTS_MAX - MON_KIND_ROWS, "the others are counted");
	CHECK(!left.mounts, "all were looked at");
	CHECK(strstr(asked, ";/rw;/;") != NULL, "root and /rw are never cut");
	CHECK(strstr(asked, "/m0;") == NULL && strncmp(asked, "/m1;/m3;", 8) == 0,
	    "images are cut first: %.40s", asked);

	len = (size_t)snprintf(text, sizeof(text),
	    "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /rw rw - ext4 /dev/b rw\n");
	for (int i = 0; i < MON_MOUNTS_MAX - 1; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%d 1 7:%d / /m%d ro - ext4 /dev/l%d ro\n", i + 10, i, i, i);
	left = parse(text, len);
	CHECK(left.mounts, "there are more");
	CHECK(strcmp(asked, "/;/rw;") == 0, "only root and /rw are asked: %.40s", asked);
	check_done();
}

/* A path of 4,000 bytes does not fit a line beside its figures: it is told, and costs itself. */
static void
survives_a_long_path(void **state)
{
	static char text[20000];
	struct mon_disks_left left;
	size_t len = (size_t)snprintf(text, sizeof(text), ROOT "2 1 8:2 / /");

	(void)state;
	memset(text + len, 'x', 4090);
	len += 4090;
	len += (size_t)snprintf(text + len, sizeof(text) - len,
	    " rw - ext4 /dev/b rw\n3 1 8:3 / /c rw - ext4 /dev/c rw\n");
	left = parse(text, len);
	CHECK(strcmp(summary(), "/dev/a /;/dev/c /c;") == 0, "%s", summary());
	CHECK_EQ(left.rows.cut, 1, "one has no row");
	check_done();
}

static void
survives_any_bytes(void **state)
{
	static const char odd[] = "\0\n\n  /\\,:-0123456789\"'=\377\200";
	uint64_t seed = 4711;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		size_t which = check_below(&seed, CHECK_LEN(mounts));
		size_t len = mounts[which].len;
		char *exact = check_dup(mounts[which].text, len);

		for (size_t k = check_below(&seed, 8); k > 0 && len > 0; k--)
			exact[check_below(&seed, len)] = odd[check_below(&seed, sizeof(odd) - 1)];
		parse(exact, len);
		summary();
		free(exact);
	}
	check_done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(makes_figures),
		CHECK_TEST(chooses_mounts),
		CHECK_TEST(tells_who_is_ready),
		CHECK_TEST(tells_what_is_left_out),
		CHECK_TEST(survives_a_long_path),
		CHECK_TEST(bounds_what_it_looks_at),
		CHECK_TEST(survives_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
