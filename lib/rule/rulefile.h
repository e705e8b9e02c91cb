/*
 * rulefile.h - the rules of this machine, from their file.
 */
#ifndef MON_RULEFILE_H
#define MON_RULEFILE_H

#include <stdbool.h>

#include "language.h"

/*
 * mon_rulefile_read(path, named, ret, tell):
 * Read the rules of the file ${path} into ${ret}, as mon_language_file() does.  Where there is none,
 * and nobody has ${named} it, the shipped ones count.  Return 0; 1: the shipped ones; -EFBIG for a
 * file of more than MON_RULE_FILE_MAX bytes; or another -errno.  ${ret} is set only where this is not
 * negative.
 */
int mon_rulefile_read(const char *path, bool named, struct mon_rules *ret,
    void (*tell)(const struct mon_rule_mistake *mistake));

#endif /* !MON_RULEFILE_H */
