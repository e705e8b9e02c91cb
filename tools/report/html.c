/*
 * html.c - the report as one page: inline SVG, no script, nothing from elsewhere; see report.h.
 *
 * What a guest chose (names of mounts, alerts) stands only between tags and in quoted attributes,
 * and passes put_text(); so it stays text.  The policy of the page forbids all but its own styles,
 * should that ever fail.  The page is well-formed XML, too, so that a strict parser can check it.
 */
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "report.h"

#define ROW_HEIGHT 38 /* of a qube's picture, in its own units */
#define MACHINE_HEIGHT 150
#define LAYERS 5 /* qubes with a colour of their own in the picture of the machine */

static const char STYLE[] =
    ":root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1c1e21;--dim:#6a7078;--line:#e4e4e1;--mean:#3b6fd4;--peak:#aac4f2;"
    "--l0:#3b6fd4;--l1:#e08a2e;--l2:#2f9e7d;--l3:#a05bc4;--l4:#c94f6d;--rest:#c3c7cc;--bad:#c2352a;--hatch:#b9bcc1}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14161a;--fg:#e7e9ec;--dim:#9ba1aa;--line:#2a2e35;--mean:#76a3f5;--peak:#3b578f;"
    "--l0:#76a3f5;--l1:#f0a457;--l2:#52c7a2;--l3:#c48be4;--l4:#ec7d98;--rest:#4a505a;--bad:#ff7465;--hatch:#565c66}}\n"
    "@media print{:root{color-scheme:light}body{padding:0;max-width:none}.row,li{break-inside:avoid}h2{break-after:avoid}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;padding:28px 32px;max-width:1240px;background:var(--bg);color:var(--fg);"
    "font:14px/1.45 system-ui,-apple-system,\"Segoe UI\",sans-serif}\n"
    "h1{font-size:22px;font-weight:650;margin:0}p{color:var(--dim);margin:2px 0 20px}"
    "h2{font-size:12px;font-weight:600;letter-spacing:.04em;text-transform:uppercase;color:var(--dim);margin:26px 0 8px}h2 span{font-weight:400;letter-spacing:0;text-transform:none}\n"
    "ul{list-style:none;padding:0;margin:0}li{display:grid;grid-template-columns:112px 1fr;gap:12px;padding:5px 0;border-bottom:1px solid var(--line);"
    "overflow-wrap:anywhere}li time{color:var(--dim);font-variant-numeric:tabular-nums}li span{color:var(--dim)}.bad b,.bad i{color:var(--bad)}\n"
    ".row{display:grid;grid-template-columns:112px 1fr 48px 52px 70px 92px 70px 48px;gap:10px;align-items:center;border-top:1px solid var(--line)}"
    ".row b{font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}"
    ".row i{font-style:normal;text-align:right;font-variant-numeric:tabular-nums;color:var(--dim);font-size:13px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
    ".row i.hot{color:var(--bad);font-weight:600}.head{border:0;font-size:12px;color:var(--dim);align-items:end}.head i{font-size:12px;white-space:normal;line-height:1.2}\n"
    ".zoom{grid-template-columns:112px 1fr 54px}.more{margin:6px 0 0;font-size:12px}\n"
    "svg{display:block;width:100%;overflow:hidden}.hours{position:relative;height:16px}.hours s{position:absolute;text-decoration:none;font-size:11px;"
    "transform:translateX(-50%);color:var(--dim)}.mean{fill:var(--mean)}.peak{fill:var(--peak);stroke:var(--peak);stroke-width:1px;vector-effect:non-scaling-stroke}.none{fill:url(#none)}.hover{fill:transparent}.on{fill:var(--bad)}\n"
    ".l0{fill:var(--l0)}.l1{fill:var(--l1)}.l2{fill:var(--l2)}.l3{fill:var(--l3)}.l4{fill:var(--l4)}.l5{fill:var(--rest)}\n"
    ".key{display:flex;gap:16px;color:var(--dim);font-size:12px;flex-wrap:wrap;margin:6px 0 0}.key svg{display:inline-block;width:10px;height:10px;margin-right:5px}\n"
    "@media(max-width:900px){body{padding:16px 20px}.row{grid-template-columns:108px 1fr 44px 48px 60px 70px}.row i:nth-of-type(n+5){display:none}.zoom{grid-template-columns:108px 1fr 48px}}\n";

/* Print ${text} so that it stays text, between tags and in an attribute. */
static void
put_text(const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&': fputs("&amp;", stdout); break;
		case '<': fputs("&lt;", stdout); break;
		case '>': fputs("&gt;", stdout); break;
		case '"': fputs("&quot;", stdout); break;
		case '\'': fputs("&#39;", stdout); break;
		default: putchar(*text);
		}
	}
}

static void
put_time(const struct mon_report *r, time_t t, const char *format)
{
	char text[64];

	put_text(mon_report_time(r, t, format, text, sizeof(text)));
}

static void
put_clock(const struct mon_report *r, time_t t)
{
	char text[16];

	put_text(mon_report_clock(r, t, text, sizeof(text)));
}

/* Where ${t} is in the span, in parts of ${width}. */
static double
place(const struct mon_sum *sum, time_t t, double width)
{
	return (double)(t - sum->from) * width / (double)(sum->to - sum->from);
}

static void
put_head(const struct mon_report *r)
{
	const struct mon_sum *sum = &r->sum;
	char text[MON_HUMAN_MAX], qubes[64], zone[64];

	fputs(
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>",
	    stdout);
	put_text(r->title);
	printf(" · sys-monitor</title>\n<style>\n%s</style>\n</head>\n<body>\n", STYLE);
	fputs(
	    "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs><pattern id=\"none\" width=\"5\" height=\"5\" "
	    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0V5\" "
	    "style=\"stroke:var(--hatch);stroke-width:1.6\"/></pattern></defs></svg>\n<h1>",
	    stdout);
	put_text(r->title);
	fputs("</h1>\n<p>", stdout);
	if (sum->npolls == 0) {
		fputs(MON_REPORT_NOTHING, stdout);
	} else {
		mon_report_qubes(r, qubes, sizeof(qubes));
		printf("%s · %s %s", qubes, mon_human_count(sum->npolls, text),
		    sum->npolls == 1 ? "poll" : "polls");
		if (sum->asked > 0)
			printf(" · %.2f %% answered",
			    100.0 * (double)sum->answered / (double)sum->asked);
	}
	fputs(" · times are ", stdout);
	put_text(mon_report_zone(r, zone, sizeof(zone)));
	fputs("</p>\n", stdout);
}

static void
put_facts(const struct mon_report *r)
{
	struct mon_fact facts[MON_FACTS];
	const size_t n = mon_fact_find(&r->sum, facts);
	char span[32];

	if (n == 0)
		return;
	fputs("<h2>What stands out</h2>\n<ul>\n", stdout);
	for (size_t i = 0; i < n; i++) {
		printf("<li%s><time>%s</time><div><b>", facts[i].bad ? " class=\"bad\"" : "",
		    mon_report_span(r, &facts[i], span, sizeof(span)));
		put_text(facts[i].what);
		fputs("</b> <span>", stdout);
		put_text(facts[i].note);
		fputs("</span></div></li>\n", stdout);
	}
	fputs("</ul>\n", stdout);
}

/* The hours below or above a picture. */
static void
put_hours(const struct mon_report *r)
{
	const struct mon_sum *sum = &r->sum;
	char clock[16];

	fputs("<div class=\"hours\">", stdout);
	for (time_t t = mon_report_tick(r, sum->from - 1); t <= sum->to;
	     t = mon_report_tick(r, t)) {
		printf("<s style=\"left:%.2f%%\">", place(sum, t, 100));
		/* The end of a day is hour 24 of it. */
		if (t == sum->to &&
		    strcmp(mon_report_clock(r, t, clock, sizeof(clock)), "24:00") == 0)
			fputs("24", stdout);
		else
			put_time(r, t, mon_report_tick_format(r));
		fputs("</s>", stdout);
	}
	fputs("</div>", stdout);
}

/* Hatch what was not recorded. */
static void
put_gaps(const struct mon_report *r, int height)
{
	const struct mon_sum *sum = &r->sum;

	for (size_t i = 0; i < sum->ngaps; i++) {
		const double from = place(sum, sum->gaps[i].from, MON_SUM_BINS);
		const double to = place(sum, sum->gaps[i].to, MON_SUM_BINS);

		printf(
		    "<rect class=\"none\" x=\"%.1f\" width=\"%.1f\" height=\"%d\"><title>nothing recorded, ",
		    from, to - from > 0.5 ? to - from : 0.5, height);
		put_clock(r, sum->gaps[i].from);
		fputs("–", stdout);
		put_clock(r, sum->gaps[i].to);
		fputs("</title></rect>", stdout);
	}
}

static int
level(double value, double max, int height)
{
	int y;

	if (value <= 0 || max <= 0)
		return 0;
	y = (int)(value / max * height + 0.5);
	/* What is not nothing is seen; and nothing leaves its picture. */
	return y < 1 ? 1 : y > height ? height : y;
}

/*
 * A path in steps.  Its commands are relative, because most steps are small: "h1v-3" is shorter than
 * "H517V31", and a noisy day has 30,000 of them.
 */
struct steps {
	int height, last; /* last: the level up to here; -1: there was none */
	size_t x;
};

/* From ${x} on the level is ${y}; below 0: none. */
static void
put_step(struct steps *s, size_t x, int y)
{
	if (y == s->last)
		return;
	if (s->last < 0)
		printf("M%zu %dv%d", x, s->height, -y);
	else
		printf("h%zuv%d%s", x - s->x, y < 0 ? s->last : s->last - y, y < 0 ? "Z" : "");
	s->x = x;
	s->last = y;
}

static void
put_bins(const char *class, const struct mon_bins *bins, bool peak, double max, int height)
{
	struct steps s = { .height = height, .last = -1 };

	printf("<path class=\"%s\" d=\"", class);
	for (size_t b = 0; b < MON_SUM_BINS; b++) {
		const double value = bins->n[b] == 0 ? -1
				     : peak          ? (double)bins->max[b]
						     : mon_sum_mean(bins, b);

		put_step(&s, b, bins->n[b] == 0 ? -1 : level(value, max, height));
	}
	put_step(&s, MON_SUM_BINS, -1);
	fputs("\"/>", stdout);
}

/* ---- the machine ---- */

/* What the picture of the machine stands on: the best that there is. */
enum basis { BY_SHARE, BY_QUBE, BY_XEN };

/* What of a qube is added up: CPUs at work, by Xen or by itself, else the share of its CPUs. */
static double
share(const struct mon_sum_vm *vm, size_t bin, enum basis basis)
{
	double value = basis == BY_XEN ? mon_sum_mean(&vm->xen, bin) : -1;

	/* Before Xen was asked, or while it did not tell, the qube's own figures stand in. */
	if (value < 0 && basis != BY_SHARE)
		value = mon_sum_mean(&vm->busy, bin);
	if (value < 0 && basis == BY_SHARE)
		value = mon_sum_mean(&vm->cpu, bin) / 100;
	return value < 0 ? 0 : value;
}

static double
weight(const struct mon_sum_vm *vm, enum basis basis)
{
	double sum = 0;

	for (size_t b = 0; b < MON_SUM_BINS; b++)
		sum += share(vm, b, basis);
	return sum;
}

/* The qubes with the most work, the first of them lowest in the picture. */
static size_t
find_layers(const struct mon_sum *sum, enum basis basis, const struct mon_sum_vm *ret[LAYERS])
{
	double weights[LAYERS];
	size_t n = 0;

	for (size_t i = 0; i < sum->n; i++) {
		const double w = weight(sum->vms[i], basis);
		size_t at = n;

		while (at > 0 && weights[at - 1] < w)
			at--;
		if (at == LAYERS)
			continue;
		if (n < LAYERS)
			n++;
		memmove(ret + at + 1, ret + at, (n - at - 1) * sizeof(*ret));
		memmove(weights + at + 1, weights + at, (n - at - 1) * sizeof(*weights));
		ret[at] = sum->vms[i];
		weights[at] = w;
	}
	return n;
}

/* Print the area between ${floor} and ${floor} + ${add}, and raise ${floor} by it. */
static void
put_layer(size_t layer, double *floor, const double *add, double max)
{
	size_t x = 0;
	int last = MACHINE_HEIGHT;

	printf("<path class=\"l%zu\" d=\"M0 %d", layer, MACHINE_HEIGHT);
	/* Along the upper edge, and back along the lower one. */
	for (size_t b = 0; b < MON_SUM_BINS; b++) {
		const int y = MACHINE_HEIGHT - level(floor[b] + add[b], max, MACHINE_HEIGHT);

		if (y == last)
			continue;
		printf("h%zuv%d", b - x, y - last);
		x = b;
		last = y;
	}
	printf("H%d", MON_SUM_BINS);
	x = MON_SUM_BINS;
	for (size_t b = MON_SUM_BINS; b-- > 0;) {
		const int y = MACHINE_HEIGHT - level(floor[b], max, MACHINE_HEIGHT);

		if (y != last) {
			printf("h-%zuv%d", x - b - 1, y - last);
			x = b + 1;
			last = y;
		}
		floor[b] += add[b];
	}
	fputs("H0Z\"/>\n", stdout);
}

static void
put_machine(const struct mon_report *r)
{
	static double floor[MON_SUM_BINS], add[MON_SUM_BINS], total[MON_SUM_BINS];
	const struct mon_sum *sum = &r->sum;
	const struct mon_sum_vm *layers[LAYERS + 1] = { NULL };
	enum basis basis = BY_SHARE;
	double max = 1; /* a machine at rest is no mountain range */
	size_t n;

	for (size_t i = 0; i < sum->n; i++)
		if (sum->vms[i]->busy_samples > 0)
			basis = BY_QUBE;
	if (sum->xen)
		basis = BY_XEN;
	n = find_layers(sum, basis, layers);
	memset(floor, 0, sizeof(floor));
	for (size_t b = 0; b < MON_SUM_BINS; b++) {
		total[b] = 0;
		for (size_t i = 0; i < sum->n; i++)
			total[b] += share(sum->vms[i], b, basis);
		if (total[b] > max)
			max = total[b];
		if (basis == BY_QUBE && sum->machine.n[b] > 0 && (double)sum->machine.max[b] > max)
			max = (double)sum->machine.max[b];
	}
	printf("<h2>The whole machine: %s <span>up to %.1f</span></h2>\n",
	    basis == BY_XEN    ? "CPUs at work in all qubes and dom0, as Xen sees them"
	    : basis == BY_QUBE ? "CPUs at work in all qubes, as they say"
			       : "shares of the qubes' CPUs, added up",
	    max);
	printf(
	    "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" style=\"height:%dpx\" role=\"img\" "
	    "aria-label=\"CPUs at work over the day\">\n",
	    MON_SUM_BINS, MACHINE_HEIGHT, MACHINE_HEIGHT);
	if (basis == BY_QUBE)
		put_bins("peak", &sum->machine, true, max, MACHINE_HEIGHT);
	for (size_t l = 0; l <= n && l < sum->n; l++) {
		for (size_t b = 0; b < MON_SUM_BINS; b++)
			add[b] = l < n                     ? share(layers[l], b, basis)
				 : total[b] - floor[b] > 0 ? total[b] - floor[b]
							   : 0;
		put_layer(l < n ? l : LAYERS, floor, add, max);
	}
	put_gaps(r, MACHINE_HEIGHT);
	/* When a rule fired. */
	for (size_t i = 0; i < sum->nincidents; i++) {
		const struct mon_sum_incident *in = &sum->incidents[i];
		const time_t from = in->from > sum->from ? in->from : sum->from;
		const time_t to =
		    in->to != 0 && in->to < sum->until ? in->to : mon_sum_end_of_record(sum);

		printf("<rect class=\"on\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"4\"><title>",
		    place(sum, from, MON_SUM_BINS), MACHINE_HEIGHT - 4,
		    to > from && place(sum, to, MON_SUM_BINS) - place(sum, from, MON_SUM_BINS) > 1.5
			? place(sum, to, MON_SUM_BINS) - place(sum, from, MON_SUM_BINS)
			: 1.5);
		put_text(in->rule);
		fputs(" on ", stdout);
		put_text(in->vm);
		fputs("</title></rect>", stdout);
	}
	fputs("</svg>\n", stdout);
	put_hours(r);
	fputs("\n<div class=\"key\">", stdout);
	for (size_t l = 0; l <= n && l < sum->n; l++) {
		printf(
		    "<span><svg viewBox=\"0 0 10 10\"><rect class=\"l%zu\" width=\"10\" height=\"10\" rx=\"2\"/></svg>",
		    l < n ? l : (size_t)LAYERS);
		put_text(l < n ? layers[l]->name : "the others");
		fputs("</span>", stdout);
	}
	if (basis == BY_QUBE)
		fputs(
		    "<span><svg viewBox=\"0 0 10 10\"><rect class=\"peak\" width=\"10\" height=\"10\" rx=\"2\"/></svg>the busiest poll</span>",
		    stdout);
	fputs(
	    "<span><svg viewBox=\"0 0 10 10\"><rect class=\"none\" width=\"10\" height=\"10\"/></svg>nothing recorded</span>",
	    stdout);
	if (sum->nincidents > 0)
		fputs(
		    "<span><svg viewBox=\"0 0 10 10\"><rect class=\"on\" y=\"6\" width=\"10\" height=\"4\"/></svg>a rule fired</span>",
		    stdout);
	fputs("</div>\n", stdout);
}

/* ---- the qubes ---- */

/* For the mouse: what each hour was like. */
static void
put_hover(const struct mon_report *r, const struct mon_sum_vm *vm)
{
	const bool xen = mon_sum_by_xen(vm);
	const struct mon_bins *bins = xen ? &vm->xen : &vm->cpu;
	const size_t hour = MON_SUM_BINS / 24;

	for (size_t first = 0; first < MON_SUM_BINS; first += hour) {
		double sum = 0, max = 0;
		size_t n = 0;

		for (size_t b = first; b < first + hour; b++) {
			sum += (double)bins->sum[b];
			n += bins->n[b];
			if (bins->n[b] > 0 && (double)bins->max[b] > max)
				max = (double)bins->max[b];
		}
		if (n == 0)
			continue;
		printf("<rect class=\"hover\" x=\"%zu\" width=\"%zu\" height=\"%d\"><title>%s ",
		    first, hour, ROW_HEIGHT, vm->name);
		put_time(r, r->sum.from + (time_t)first * (r->sum.to - r->sum.from) / MON_SUM_BINS,
		    "%H:%M");
		if (xen)
			printf(": mean %.2f CPUs by Xen, up to %.2f</title></rect>",
			    sum / (double)n, max);
		else
			printf(
			    ": mean %.0f %%, up to %.0f %%</title></rect>", sum / (double)n, max);
	}
}

/* Hatch where others answered and ${vm} did not. */
static void
put_silent(const struct mon_sum_vm *vm)
{
	for (size_t b = 0, n; b < MON_SUM_BINS; b += n) {
		for (n = 0; b + n < MON_SUM_BINS && vm->silent[b + n] > 0 && vm->cpu.n[b + n] == 0;
		     n++)
			;
		if (n > 0)
			printf(
			    "<rect class=\"none\" x=\"%zu\" width=\"%zu\" height=\"%d\"><title>%s did not answer</title></rect>",
			    b, n, ROW_HEIGHT, vm->name);
		else
			n = 1;
	}
}

static void
put_figures(const struct mon_report *r, const struct mon_sum_vm *vm)
{
	const struct mon_sum_disk *disk = mon_sum_fullest(vm);
	char text[MON_HUMAN_MAX];

	if (vm->samples > 0)
		printf("<i>%.0f&#160;%%</i>", vm->cpu_sum / (double)vm->samples);
	else if (mon_sum_by_xen(vm))
		printf(
		    "<i title=\"%.2f CPUs at work as Xen sees them; it has no figures of its own\">%.2f&#160;x</i>",
		    mon_sum_xen_mean(vm), mon_sum_xen_mean(vm));
	else
		fputs("<i>–</i>", stdout);
	if (vm->hottest >= 0) {
		printf("<i%s title=\"from ", vm->hottest >= 90 ? " class=\"hot\"" : "");
		put_time(r, vm->hottest_from, "%H:%M");
		printf("\">%.0f&#160;%%</i>", vm->hottest);
	} else {
		fputs("<i>–</i>", stdout);
	}
	printf("<i%s>%s</i>",
	    vm->samples > 0 && vm->mem_least_kb < vm->mem_total_kb / 20 ? " class=\"hot\"" : "",
	    vm->samples > 0 ? mon_human_bytes(vm->mem_least_kb * 1024, text) : "–");
	if (disk != NULL) {
		printf("<i%s title=\"", disk->max >= MON_SUM_FULL ? " class=\"hot\"" : "");
		put_text(disk->mount);
		printf("\">%u&#160;%% ", disk->max);
		put_text(disk->mount);
		fputs("</i>", stdout);
	} else {
		fputs("<i>–</i>", stdout);
	}
	printf("<i>%s</i>", mon_human_bytes(vm->rx + vm->tx, text));
	printf("<i>%s</i>", mon_human_count(vm->alerts, text));
}

static void
put_vms(const struct mon_report *r)
{
	const struct mon_sum *sum = &r->sum;

	fputs("<h2>Each qube, the busiest first</h2>\n<div class=\"row head\"><b></b>", stdout);
	put_hours(r);
	fputs(
	    "<i>mean CPU</i><i>hottest 5 min</i><i>least free memory</i><i>fullest disk</i><i>traffic</i><i>alerts</i></div>\n",
	    stdout);
	for (size_t i = 0; i < sum->n; i++) {
		const struct mon_sum_vm *vm = sum->vms[i];

		printf("<div class=\"row\"><b title=\"%s\">%s</b>", vm->name, vm->name);
		printf(
		    "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" style=\"height:%dpx\">",
		    MON_SUM_BINS, ROW_HEIGHT, ROW_HEIGHT);
		if (vm->samples > 0) {
			put_bins("peak", &vm->cpu, true, 100, ROW_HEIGHT);
			put_bins("mean", &vm->cpu, false, 100, ROW_HEIGHT);
		} else if (mon_sum_by_xen(vm)) {
			put_bins("l5", &vm->xen, false, mon_sum_xen_most(vm), ROW_HEIGHT);
		}
		put_gaps(r, ROW_HEIGHT);
		if (!mon_sum_by_xen(vm))
			put_silent(vm);
		put_hover(r, vm);
		fputs("</svg>", stdout);
		put_figures(r, vm);
		fputs("</div>\n", stdout);
	}
	for (size_t i = 0; i < sum->n; i++) {
		if (!mon_sum_by_xen(sum->vms[i]))
			continue;
		fputs("<p>x: CPUs at work as Xen sees them; it has no figures of its own</p>\n",
		    stdout);
		break;
	}
}

/* ---- ten minutes ---- */

static void
put_samples(const struct mon_zoom_vm *vm)
{
	struct steps steps = { .height = ROW_HEIGHT, .last = -1 };

	fputs("<path class=\"mean\" d=\"", stdout);
	for (size_t s = 0; s < MON_ZOOM_S; s++)
		put_step(
		    &steps, s, vm->cpu[s] < 0 ? -1 : level((double)vm->cpu[s], 100, ROW_HEIGHT));
	put_step(&steps, MON_ZOOM_S, -1);
	fputs("\"/>", stdout);
}

/* A mark at each full second minute. */
static void
put_minutes(const struct mon_report *r, const struct mon_zoom *zoom)
{
	fputs("<div class=\"hours\">", stdout);
	for (time_t t = (zoom->from + 119) / 120 * 120; t < zoom->to; t += 120) {
		printf("<s style=\"left:%.2f%%\">", (double)(t - zoom->from) * 100 / MON_ZOOM_S);
		put_time(r, t, "%H:%M");
		fputs("</s>", stdout);
	}
	fputs("</div>", stdout);
}

static void
put_zoom(const struct mon_report *r, const struct mon_zoom *zoom)
{
	const size_t shown = mon_zoom_shown(zoom);

	fputs(zoom->ended ? "<h2>Ten minutes before the recording ended at "
			  : "<h2>Ten minutes around ",
	    stdout);
	put_time(r, zoom->at, "%H:%M:%S");
	fputs(": every sample of the busiest qubes</h2>\n", stdout);
	if (shown > 0) {
		fputs("<div class=\"row zoom head\"><b></b>", stdout);
		put_minutes(r, zoom);
		fputs("<i>up to</i></div>\n", stdout);
	}
	for (size_t i = 0; i < shown; i++) {
		printf(
		    "<div class=\"row zoom\"><b>%s</b><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" style=\"height:%dpx\">",
		    zoom->vms[i].name, MON_ZOOM_S, ROW_HEIGHT, ROW_HEIGHT);
		put_samples(&zoom->vms[i]);
		printf("</svg><i>%.0f&#160;%%</i></div>\n", (double)zoom->vms[i].max);
	}
	if (shown < zoom->n)
		printf("<p class=\"more\">%zu more, none above %.0f %%</p>\n", zoom->n - shown,
		    (double)zoom->vms[shown].max);
	if (zoom->nalerts == 0)
		return;
	printf(
	    "<h2>The last %zu of %zu alerts in them</h2>\n<ul>\n", zoom->nalerts, zoom->all_alerts);
	for (size_t i = 0; i < zoom->nalerts; i++) {
		fputs("<li><time>", stdout);
		put_time(r, zoom->alerts[i].t, "%H:%M:%S");
		printf("</time><div><b>%s</b> <span>", zoom->alerts[i].vm);
		put_text(zoom->alerts[i].msg);
		fputs("</span></div></li>\n", stdout);
	}
	fputs("</ul>\n", stdout);
}

void
mon_report_html(const struct mon_report *r)
{
	put_head(r);
	if (r->sum.npolls > 0) {
		put_facts(r);
		put_machine(r);
		put_vms(r);
		for (size_t i = 0; i < r->nzooms; i++)
			put_zoom(r, &r->zooms[i]);
	}
	fputs("</body>\n</html>\n", stdout);
}
