/*
 * language.h - the rules file: one rule a line, read like a sentence.
 *
 *	rule  = NAME ":" cond ["where" test {"and" test}] ["for" TIME]
 *	        ["until" op LIMIT ["for" TIME]] "on" globs ["except" globs]
 *	        ["as" ("low" | "normal" | "critical")]
 *	cond  = "missing" | "lies" | value op LIMIT
 *	value = COLUMN | FILE "." COLUMN | "rate(" COLUMN ")"
 *	test  = COLUMN ("=" | "!=") GLOB
 *	op    = ">" | ">=" | "<" | "<=" | "=" | "!="
 *	globs = GLOB {"," GLOB}
 *
 * "#" at the begin of a word starts a comment.  docs/RULES.md says what each means.
 *
 * No I/O, no malloc, no locale.  Defined for every (buf, len), NULs included.
 */
#ifndef MON_LANGUAGE_H
#define MON_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "caps.h"
#include "schema.h"
#include "str.h"

#define MON_RULE_OWN "rules" /* the name that tells of bad rules; no rule has it */

enum mon_rule_op { MON_OP_GT, MON_OP_GE, MON_OP_LT, MON_OP_LE, MON_OP_EQ, MON_OP_NE };

/* How a notification of it is shown, as notify-send(1) names it. */
enum mon_rule_urgency { MON_URGENCY_LOW, MON_URGENCY_NORMAL, MON_URGENCY_CRITICAL, MON_URGENCIES };
extern const char *const mon_rule_urgencies[MON_URGENCIES];

struct mon_rule_globs {
	size_t n;
	char list[MON_RULE_GLOBS_MAX][MON_RULE_GLOB_MAX + 1];
};

struct mon_rule_test { /* one of "where" */
	size_t col;    /* in ${table->cols} of the rule */
	bool unlike;   /* != */
	char glob[MON_RULE_GLOB_MAX + 1];
};

/* A level that is crossed: the condition, or where it ends. */
struct mon_rule_level {
	enum mon_rule_op op;
	double limit;                /* in the column's own unit, a second where it is a rate */
	char word[MON_WORD_MAX + 1]; /* the limit of a column of words; else "" */
};

struct mon_rule {
	char name[MON_RULE_NAME_MAX + 1];
	char shown[MON_RULE_SHOWN_MAX +
		   1]; /* the value as it was written: "cpu", "rate(network.tx_bytes)" */
	unsigned line; /* of the file, from 1 */
	const struct mon_table *table; /* the one file that it reads */
	size_t col;                    /* the column */
	size_t instance; /* the column that names the instance; ${table->ncols}: there is none */
	bool missing;    /* the column is the result of a question: is it another than "ok"? */
	bool lies;       /* no column: does the qube differ from Xen?  lie.h */
	bool busy;       /* 100 less the column: "cpu" is what cpu_idle leaves */
	bool rate;       /* the column's change in a second */
	double
	    shown_per; /* what a shown value is divided by: 1, or where a "%" of time is asked more */
	time_t hold;   /* "for", in seconds */
	struct mon_rule_level when, until; /* ${until}, where none was given, is the negation */
	time_t until_hold;
	size_t tests;
	struct mon_rule_test test[MON_RULE_TESTS_MAX];
	struct mon_rule_globs on, except;
	enum mon_rule_urgency urgency;
};

/* What is wrong with a line, and where. */
struct mon_rule_mistake {
	unsigned line, column; /* from 1; bytes */
	char text[MON_RULE_MISTAKE_MAX + 1];
};

struct mon_rules {
	size_t n;
	struct mon_rule list[MON_RULES_MAX];
	size_t bad;                    /* lines that are no good */
	struct mon_rule_mistake first; /* the first of them */
};

/*
 * mon_language_line(untrusted, len, number, ret, ret_mistake):
 * Read line ${number} of a file, of ${len} bytes without its LF.  Return 1 with ${ret} filled; 0
 * where the line is empty or a comment; -1 with ${ret_mistake} filled.  ${ret} is unspecified
 * where it is not filled.
 */
int mon_language_line(const char *untrusted, size_t len, unsigned number, struct mon_rule *ret,
    struct mon_rule_mistake *ret_mistake);

/*
 * mon_language_file(untrusted, len, ret, tell):
 * Read the ${len} bytes of a whole file into ${ret}.  A bad line disables the rule of this line
 * alone; ${tell}, unless NULL, is called for each.
 */
void mon_language_file(const char *untrusted, size_t len, struct mon_rules *ret,
    void (*tell)(const struct mon_rule_mistake *mistake));

/*
 * mon_language_find(rules, name):
 * Return the index of the rule of that name, or ${rules->n}.
 */
size_t mon_language_find(const struct mon_rules *rules, struct mon_str name);

/*
 * mon_language_covers(rule, vm):
 * Is the rule one for the qube ${vm}?
 */
bool mon_language_covers(const struct mon_rule *rule, struct mon_str vm);

/*
 * mon_language_where(rule, fields):
 * Do the ${fields} of a row of the rule's table pass its "where"?
 */
bool mon_language_where(const struct mon_rule *rule, const struct mon_str *fields);

/*
 * mon_language_holds(level, value, word):
 * Is it true?  ${word} is asked where the level has one, else ${value}.
 */
bool mon_language_holds(const struct mon_rule_level *level, double value, struct mon_str word);

/*
 * mon_language_duration(seconds, ret):
 * Write ${seconds} as "14m40s"; negative counts as 0.
 */
#define MON_DURATION_LEN 40
void mon_language_duration(time_t seconds, char ret[MON_DURATION_LEN]);

#endif /* !MON_LANGUAGE_H */
