// SPDX-License-Identifier: GPL-2.0
/*
 * Words of the command line: numbers, and the closest right word.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define WORD_MAX	32

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Letters to insert, delete or replace; neighbours swapped count as one. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b), i, j;
	unsigned int cost;

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			cost = a[i - 1] != b[j - 1];
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
					d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[la][lb];
}

const char *closest_word(const char *word, const char *const *right, size_t num)
{
	unsigned int best = strlen(word) / 3 + 2, dist;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < num; i++) {
		dist = distance(word, right[i]);
		if (word[0] && !strncmp(word, right[i], strlen(word)))
			dist = 1;
		if (dist < best) {
			best = dist;
			found = right[i];
		}
	}
	return found;
}

int unknown_word(const char *what, const char *word,
		 const char *const *right, size_t num)
{
	const char *near = closest_word(word, right, num);
	char list[256] = "";
	size_t i, len = 0;

	if (near) {
		complain("unknown %s \"%s\"; did you mean \"%s\"?", what, word, near);
		return EX_MISUSE;
	}
	for (i = 0; i < num && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				i ? ", " : "", right[i]);
	complain("unknown %s \"%s\"; there is: %s", what, word, list);
	return EX_MISUSE;
}

int missing_word(const struct verb *verb, const char *what)
{
	complain("%s: %s is missing; usage: ipsecsim %s %s", verb->name, what,
		 verb->name, verb->args);
	return EX_MISUSE;
}

int extra_word(const struct verb *verb, const char *word)
{
	complain("%s: \"%s\" is one word too many; usage: ipsecsim %s %s",
		 verb->name, word, verb->name, verb->args);
	return EX_MISUSE;
}

bool parse_u64(const char *word, uint64_t *val)
{
	char *end;

	/* strtoull() would take a sign and blanks. */
	if (!isdigit((unsigned char)word[0]))
		return false;
	errno = 0;
	*val = strtoull(word, &end, 0);
	return !errno && !*end;
}

bool parse_u32(const char *word, uint32_t *val)
{
	uint64_t num;

	if (!parse_u64(word, &num) || num > UINT32_MAX)
		return false;
	*val = num;
	return true;
}
