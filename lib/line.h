/*
 * line.h - bounded lines, from a descriptor or from memory.
 *
 * A line is handed out whole or not at all: one that is too long is swallowed up to its LF,
 * and a last one without LF is dropped.  Half a number is a wrong number.
 */
#ifndef MON_LINE_H
#define MON_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum mon_line_result { /* all >= 0; what failed is -errno */
	MON_LINE_EOF = 0,
	MON_LINE_OK,
	MON_LINE_LONG, /* a line over the bound was swallowed; the next call goes on behind it */
	MON_LINE_CUT,  /* the input ended inside a line, which was dropped; EOF follows */
	MON_LINE_IDLE, /* nothing came for the time asked; call again */
};

struct mon_line {
	int fd;       /* -1: memory */
	char *buf;    /* the caller's */
	size_t cap;   /* of buf */
	size_t max;   /* longest line, without LF; less than cap */
	int idle_ms;  /* report MON_LINE_IDLE after this; -1: wait for ever */
	size_t start; /* of what is unread in buf */
	size_t end;
	bool swallow; /* inside a line that is too long */
	bool wait;    /* the last read would have blocked */
	bool eof;
};

/*
 * mon_line_init(l, fd, buf, cap, max):
 * Read lines of at most ${max} bytes from ${fd} through ${buf} of ${cap} > ${max} bytes.  Both
 * stay the caller's.  Set ${l->idle_ms} afterwards to be told of silence.
 */
void mon_line_init(struct mon_line *l, int fd, char *buf, size_t cap, size_t max);

/*
 * mon_line_memory(l, buf, len, max):
 * The same over the ${len} bytes that stand in ${buf}, which is not changed.
 */
void mon_line_memory(struct mon_line *l, char *buf, size_t len, size_t max);

/*
 * mon_line_next(l, ret, len):
 * Return MON_LINE_OK with ${ret} and ${len} set to the next line, without its LF, in the
 * buffer until the next call; another enum mon_line_result, or -errno from poll(2) or
 * read(2), with both untouched.
 */
int mon_line_next(struct mon_line *l, const char **ret, size_t *len);

#endif /* !MON_LINE_H */
