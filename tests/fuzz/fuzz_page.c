/*
 * fuzz_page.c - a day of hostile files, as mon-report tells it: the page is well-formed, a guest's text
 * stands only where text may stand, and nothing that harms reaches a screen.  See report.h.
 *
 * The first byte of an input says what is asked for; behind it stand files, each from its header on.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "io.h"
#include "report.h"

#define FROM 1756598400 /* 2025-08-31T00:00:00Z */

static struct mon_reader_day day;
static struct mon_report report;

/* ---- what a page may be made of ---- */

static const char *const tags[] = { "html", "head", "meta", "title", "style", "body", "h1", "h2",
	"p", "ul", "li", "time", "div", "b", "i", "s", "span", "svg", "defs", "pattern", "path",
	"rect" };

/* Attributes, and the bytes of their values; NULL: text, which may be a guest's. */
#define NUMBER "0123456789.-"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;%()'#/=-"
static const struct {
	const char *name, *bytes;
} attributes[] = {
	{ "x", NUMBER },
	{ "y", NUMBER },
	{ "rx", NUMBER },
	{ "width", NUMBER "device" },
	{ "height", NUMBER },
	{ "d", NUMBER " MHVhvZ" },
	{ "viewBox", NUMBER " " },
	{ "title", NULL },
	{ "lang", PLAIN },
	{ "charset", PLAIN },
	{ "http-equiv", PLAIN },
	{ "content", PLAIN },
	{ "name", PLAIN },
	{ "class", PLAIN },
	{ "style", PLAIN },
	{ "id", PLAIN },
	{ "patternUnits", PLAIN },
	{ "patternTransform", PLAIN },
	{ "preserveAspectRatio", PLAIN },
	{ "role", PLAIN },
	{ "aria-label", PLAIN },
	{ "aria-hidden", PLAIN },
};

FUZZ_UNSEEN static bool
begins(const char *p, const char *end, const char *text)
{
	return (size_t)(end - p) >= strlen(text) && memcmp(p, text, strlen(text)) == 0;
}

/* The end of the text at ${p}: up to a '<', or a '"'. */
FUZZ_UNSEEN static const char *
text(const char *p, const char *end)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;",
		"&#160;" };

	while (p < end && *p != '<' && *p != '"') {
		size_t n = *p == '\n' ? 1 : mon_text_rune(p, (size_t)(end - p));

		MUST(n > 0 && *p != '>');
		for (size_t i = 0; *p == '&' && i < sizeof(entities) / sizeof(entities[0]); i++)
			if (begins(p, end, entities[i]))
				n = strlen(entities[i]);
		MUST(*p != '&' || n > 1);
		p += n;
	}
	return p;
}

/* The end of the attribute at ${p}. */
FUZZ_UNSEEN static const char *
attribute(const char *p, const char *end)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		const size_t n = strlen(attributes[i].name);
		const char *q = p + n + 2;

		if (!begins(p, end, attributes[i].name) || !begins(p + n, end, "=\""))
			continue;
		if (attributes[i].bytes == NULL)
			q = text(q, end);
		else
			while (q < end && *q != '"')
				MUST(strchr(attributes[i].bytes, *q++) != NULL);
		MUST(q < end && *q == '"');
		return q + 1;
	}
	MUST(false && "an attribute that mon-report writes");
	return NULL;
}

/* The number in ${tags} of the name at ${p}. */
FUZZ_UNSEEN static size_t
tag(const char *p, const char *end)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (begins(p, end, tags[i]) && strchr(" />", p[strlen(tags[i])]) != NULL)
			return i;
	MUST(false && "a tag that mon-report writes");
	return 0;
}

FUZZ_UNSEEN static void
check_page(const char *p, const char *end)
{
	size_t open[16], n = 0;

	MUST(begins(p, end, "<!DOCTYPE html>\n<html "));
	p += strlen("<!DOCTYPE html>\n");
	while (p < end) {
		if (*p != '<') {
			p = text(p, end);
			MUST(p == end || *p == '<');
			continue;
		}
		if (begins(p, end, "</")) {
			MUST(n > 0 && tag(p + 2, end) == open[n - 1]);
			p += 2 + strlen(tags[open[--n]]);
			MUST(*p++ == '>');
			continue;
		}
		MUST(n < sizeof(open) / sizeof(open[0]));
		open[n] = tag(p + 1, end);
		p += 1 + strlen(tags[open[n]]);
		while (*p == ' ')
			p = attribute(p + 1, end);
		n += *p != '/';
		p += *p == '/';
		MUST(p < end && *p++ == '>');
		if (n > 0 && strcmp(tags[open[n - 1]], "style") == 0) /* ours, and nothing else */
			p = memmem(p, (size_t)(end - p), "</style>", 8);
		MUST(p != NULL);
	}
	MUST(n == 0);
}

/* ---- the day ---- */

/* Give the files at ${p} to ${day}, each of a kind once. */
static void
open_files(const char *p, const char *end)
{
	const struct mon_table *table = NULL;
	const char *from = p;

	while (p <= end) {
		const struct mon_table *next = NULL;
		const char *lf = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

		for (size_t i = 0; i < MON_KINDS && p < end; i++)
			if (begins(p, end, mon_schema[i].header))
				next = &mon_schema[i];
		if (table != NULL && (next != NULL || lf == NULL)) {
			const enum mon_kind kind = mon_schema_kind(table);
			const int fd = memfd_create("day", MFD_CLOEXEC);

			MUST(fd >= 0 &&
			     mon_io_write(fd, from, (size_t)((lf == NULL ? end : p) - from)) == 0);
			if (day.file[kind].fd >= 0)
				close(fd);
			else
				MUST(mon_reader_take(&day.file[kind], fd, table) == 0);
		}
		if (next != NULL) {
			table = next;
			from = p;
		}
		if (lf == NULL)
			return;
		p = lf + 1;
	}
}

/* What is printed by ${form}; the caller frees it. */
static char *
print(void (*form)(const struct mon_report *), size_t *ret_len)
{
	FILE *out = stdout;
	char *buf = NULL;

	stdout = open_memstream(&buf, ret_len);
	MUST(stdout != NULL);
	form(&report);
	MUST(fclose(stdout) == 0);
	stdout = out;
	return buf;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mon_reader_filter filter = { .kinds = MON_SUM_KINDS };
	const unsigned asked = size > 0 ? data[0] : 0;
	const char *end = (const char *)data + size;
	size_t len = 0;
	char *out;

	setenv("TZ", "UTC", 1);
	mon_reader_day_none(&day);
	if (size > 0)
		open_files((const char *)data + 1, end);
	mon_reader_day_want(&day, &filter);
	report.title = "Sunday, 31 August 2025";
	report.width = asked & 8 ? 80 : 200;
	report.ascii = (asked & 4) != 0;
	mon_sum_begin(&report.sum, FROM, asked & 2 ? FROM + 90000 : FROM + 86400,
	    asked & 16 ? FROM + 43200 : 0);
	MUST(mon_sum_day(&report.sum, &day) == 0);
	mon_sum_end(&report.sum);
	report.nzooms = mon_zoom_find(&report.sum, asked & 1 ? FROM + 43200 : 0, report.zooms);
	for (size_t i = 0; i < report.nzooms; i++)
		MUST(mon_zoom_read(&report.zooms[i], &day) == 0);
	out = print(mon_report_html, &len);
	check_page(out, out + len);
	free(out);
	out = print(mon_report_text, &len);
	for (const char *p = out, *lf; (lf = memchr(p, '\n', (size_t)(out + len - p))) != NULL;
	     p = lf + 1)
		fuzz_harmless(p, (size_t)(lf - p));
	free(out);
	for (size_t i = 0; i < report.nzooms; i++)
		mon_zoom_free(&report.zooms[i]);
	mon_sum_free(&report.sum);
	mon_reader_day_close(&day);
	return 0;
}
