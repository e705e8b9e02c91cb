/* bubbles.c - which notifications the rows of mon-rule make; see bubbles.h. */
#include <stdio.h>
#include <string.h>

#include "bubbles.h"
#include "line.h"
#include "shape.h"
#include "stamp.h"
#include "wire.h"

#define HEAD "mon-notify 1"
#define OTHERS " and others" /* behind the qube and the rule */

static struct mon_bubble *
find(struct mon_bubbles *b, struct mon_str key)
{
	struct mon_bubble *oldest = &b->list[0];

	for (size_t i = 0; i < b->n; i++) {
		if (mon_str_is(key, b->list[i].key))
			return &b->list[i];
		/* What is over and told can be forgotten first. */
		if (oldest->firing > b->list[i].firing ||
		    (oldest->firing == b->list[i].firing && oldest->since > b->list[i].since))
			oldest = &b->list[i];
	}
	if (b->n < MON_NOTIFY_KEYS)
		oldest = &b->list[b->n++];
	*oldest = (struct mon_bubble){ 0 };
	memcpy(oldest->key, key.p, key.n < MON_BUBBLE_KEY_MAX ? key.n : MON_BUBBLE_KEY_MAX);
	return oldest;
}

static void
load_bubble(struct mon_bubbles *b, struct mon_str rest)
{
	struct mon_str id = mon_str_word(&rest), state = mon_str_word(&rest);
	struct mon_str times = mon_str_word(&rest), since = mon_str_word(&rest);
	struct mon_bubble *bubble;
	uint64_t n = 0, k = 0;
	time_t ts = 0;

	if (!mon_shape_number(id.p, id.n, &n) || !mon_shape_number(times.p, times.n, &k) ||
	    !mon_stamp_parse(since.p, since.n, &ts) || rest.n == 0 || rest.n > MON_BUBBLE_KEY_MAX)
		return;
	bubble = find(b, rest);
	bubble->id = n;
	bubble->times = k;
	bubble->since = (int64_t)ts;
	bubble->firing = mon_str_is(state, "FIRING");
}

void
mon_bubbles_load(struct mon_bubbles *b, char *text, size_t len)
{
	struct mon_str line = { NULL, 0 };
	struct mon_line lines;

	b->n = 0;
	b->shown[0] = '\0';
	mon_line_memory(&lines, text, len, MON_STAMPED_MAX + 16);
	if (mon_line_next(&lines, &line.p, &line.n) != MON_LINE_OK || !mon_str_is(line, HEAD))
		return;
	while (mon_line_next(&lines, &line.p, &line.n) == MON_LINE_OK) {
		struct mon_str what = mon_str_word(&line);

		if (mon_str_is(what, "bubble"))
			load_bubble(b, line);
		else if (mon_str_is(what, "shown") && line.n <= MON_STAMPED_MAX)
			*(char *)mempcpy(b->shown, line.p, line.n) = '\0';
	}
}

/* "QUBE !RULE COLUMN=INSTANCE" of a row, how long the first two words are, and what it says behind that. */
static bool
cut(const struct mon_rec *rec, char key[MON_BUBBLE_KEY_MAX + 1], size_t *head, bool *firing,
    struct mon_str *rest)
{
	struct mon_str name, what, word;
	int n;

	*rest = rec->payload.untrusted_text;
	name = mon_str_word(rest);
	what = mon_str_word(rest);
	*firing = mon_str_is(what, "FIRING");
	if (name.n < 2 || name.p[0] != '!' || !(*firing || mon_str_is(what, "RESOLVED")))
		return false;
	n = snprintf(key, MON_BUBBLE_KEY_MAX + 1, "%.*s %.*s", (int)rec->vm.n, rec->vm.p,
	    (int)(name.n < MON_RULE_NAME_MAX + 1 ? name.n : MON_RULE_NAME_MAX + 1), name.p);
	*head = (size_t)n;
	/* A row of an instance names it first: if=, mount=, dev= or name=. */
	word = *rest;
	word = mon_str_word(&word);
	for (size_t k = 0; k < MON_KINDS; k++)
		for (size_t c = 0; c < mon_schema[k].ncols; c++) {
			const struct mon_col *col = &mon_schema[k].cols[c];
			const size_t len = strlen(col->name);

			if (col->shape != MON_NAME || word.n <= len || word.p[len] != '=' ||
			    memcmp(word.p, col->name, len) != 0)
				continue;
			snprintf(key + n, MON_BUBBLE_KEY_MAX + 1 - (size_t)n, " %.*s", (int)word.n,
			    word.p);
			mon_str_word(rest);
			return true;
		}
	return true;
}

/*
 * Has the rule, whose ${head} bytes begin ${key}, as many bubbles of this qube as it may, and is ${key} none
 * of them?  What is over for a while does not count.
 */
static bool
is_one_more(const struct mon_bubbles *b, const char *key, size_t head, int64_t ts)
{
	size_t n = 0;

	if (key[head] == '\0')
		return false; /* no instance */
	for (size_t i = 0; i < b->n; i++) {
		const struct mon_bubble *bubble = &b->list[i];

		if (strcmp(bubble->key, key) == 0)
			return false;
		n += strncmp(bubble->key, key, head + 1) == 0 &&
		     strcmp(bubble->key + head, OTHERS) != 0 &&
		     (bubble->firing || ts - bubble->since < MON_NOTIFY_FLAP_S);
	}
	return n >= MON_NOTIFY_INSTANCES;
}

static void
take_row(struct mon_bubbles *b, const struct mon_rec *rec)
{
	char key[MON_BUBBLE_KEY_MAX + 1];
	struct mon_bubble *bubble;
	struct mon_str rest;
	size_t head = 0;
	const int64_t ts = rec->t;
	bool firing;

	if (!cut(rec, key, &head, &firing, &rest))
		return;
	if (is_one_more(b, key, head, ts))
		strcpy(key + head, OTHERS);
	bubble = find(b, (struct mon_str){ key, strlen(key) });
	snprintf(bubble->text, sizeof(bubble->text), "%.*s", (int)rest.n, rest.p);
	if (firing &&
	    (bubble->times == 0 || ts < bubble->since || ts - bubble->since >= MON_NOTIFY_FLAP_S)) {
		bubble->since = ts;
		bubble->times = 0;
	}
	if (firing)
		bubble->times++;
	bubble->firing = firing;
	bubble->fresh = true;
}

size_t
mon_bubbles_take(struct mon_bubbles *b, char *text, size_t len)
{
	struct mon_str line = { NULL, 0 };
	struct mon_line lines;
	struct mon_rec rec;
	size_t from = 0, n = 0, fresh = 0;
	int r;

	mon_line_memory(&lines, text, len, MON_STAMPED_MAX);
	while ((r = mon_line_next(&lines, &line.p, &line.n)) > 0 && ++n > 0)
		if (r == MON_LINE_OK && b->shown[0] != '\0' && mon_str_is(line, b->shown))
			from = n;
	mon_line_memory(&lines, text, len, MON_STAMPED_MAX);
	for (n = 0; (r = mon_line_next(&lines, &line.p, &line.n)) > 0;) {
		if (n++ < from || r != MON_LINE_OK ||
		    mon_wire_parse(line.p, line.n, &rec) != MON_WIRE_OK)
			continue;
		take_row(b, &rec);
		*(char *)mempcpy(b->shown, line.p, line.n) = '\0';
		fresh++;
	}
	return fresh;
}

struct mon_str
mon_bubbles_rule(const struct mon_bubble *bubble)
{
	struct mon_str rest = { bubble->key, strlen(bubble->key) }, name;

	mon_str_word(&rest); /* the qube */
	name = mon_str_word(&rest);
	return name.n > 0 ? (struct mon_str){ name.p + 1, name.n - 1 } : name; /* without its "!" */
}

bool
mon_bubbles_quiet(const struct mon_bubble *bubble)
{
	return bubble->times > MON_NOTIFY_FLAPS + 1;
}

size_t
mon_bubbles_keep(const struct mon_bubbles *b, char *ret, size_t cap)
{
	char since[MON_STAMP_LEN + 1];
	size_t len = 0;

	len += (size_t)snprintf(ret, cap, HEAD "\nshown %s\n", b->shown);
	for (size_t i = 0; i < b->n; i++) {
		const struct mon_bubble *bubble = &b->list[i];
		int n;

		if (!mon_stamp_format((time_t)bubble->since, since))
			strcpy(since, "1970-01-01T00:00:00Z");
		n = snprintf(ret + len, cap - len, "bubble %llu %s %llu %s %s\n",
		    (unsigned long long)bubble->id, bubble->firing ? "FIRING" : "over",
		    (unsigned long long)bubble->times, since, bubble->key);
		if (n < 0 || (size_t)n >= cap - len)
			break;
		len += (size_t)n;
	}
	return len;
}

void
mon_bubbles_markup(const char *text, char *ret, size_t cap)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '\\', "\\\\" } };
	size_t len = 0;

	for (; *text != '\0'; text++) {
		const char one[2] = { *text, '\0' };
		const char *as = one;

		for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
			if (*text == escapes[i].c)
				as = escapes[i].as;
		if (strlen(as) >= cap - len)
			break;
		len = (size_t)(stpcpy(ret + len, as) - ret);
	}
	ret[len] = '\0';
}
