/*
 * defaults.h - the rules that are shipped: few, and quiet on an honest machine.
 */
#ifndef MON_DEFAULTS_H
#define MON_DEFAULTS_H

/* A rules file (language.h), as mon-rule --example prints it. */
extern const char mon_rule_defaults[];

#endif /* !MON_DEFAULTS_H */
