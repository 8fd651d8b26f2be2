// SPDX-License-Identifier: GPL-2.0
/*
 * Output. It collects in memory and is written when the verb has succeeded, so
 * that a reader gets a whole answer or none.
 */
#include <stdlib.h>

#include "tool.h"

#define DEPTH_MAX	8

FILE *out_file;
static char *out_buf;
static size_t out_len;

/* Open objects and arrays: the character that ends each, and what it holds. */
static struct {
	char		end;
	unsigned int	num;
} level[DEPTH_MAX];
static unsigned int depth;

static bool lines;	/* see out_lines() */

int out_open(void)
{
	out_file = open_memstream(&out_buf, &out_len);
	if (out_file)
		return EX_DONE;
	complain("out of memory");
	return EX_FAILED;
}

void out_lines(void)
{
	fclose(out_file);
	free(out_buf);
	out_file = stdout;
	lines = true;
}

bool out_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	complain("cannot write to standard output");
	return false;
}

int out_close(int code)
{
	if (lines)
		return code;
	if (ferror(out_file) | fclose(out_file)) {
		complain("out of memory");
		code = EX_FAILED;
	}
	if (code == EX_DONE &&
	    (fwrite(out_buf, 1, out_len, stdout) != out_len || fflush(stdout))) {
		complain("cannot write to standard output");
		code = EX_FAILED;
	}
	free(out_buf);
	return code;
}

static void put_string(const char *s)
{
	fputc('"', out_file);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			fprintf(out_file, "\\%c", c);
		else if (c < 0x20)
			fprintf(out_file, "\\u%04x", c);
		else
			fputc(c, out_file);
	}
	fputc('"', out_file);
}

/* What stands before a value: a comma, the place for it, its key. */
static void put_key(const char *key)
{
	if (depth && level[depth - 1].num++)
		fputc(',', out_file);
	if (depth && !lines)
		fprintf(out_file, "\n%*s", (int)depth * 2, "");
	else if (depth && level[depth - 1].num > 1)
		fputc(' ', out_file);
	if (key) {
		put_string(key);
		fputs(": ", out_file);
	}
}

static void begin(const char *key, char start, char end)
{
	put_key(key);
	fputc(start, out_file);
	if (depth == DEPTH_MAX)
		abort();
	level[depth].end = end;
	level[depth].num = 0;
	depth++;
}

void json_object(const char *key)
{
	begin(key, '{', '}');
}

void json_array(const char *key)
{
	begin(key, '[', ']');
}

void json_end(void)
{
	depth--;
	if (level[depth].num && !lines)
		fprintf(out_file, "\n%*s", (int)depth * 2, "");
	fputc(level[depth].end, out_file);
	if (!depth)
		fputc('\n', out_file);
}

void json_str(const char *key, const char *val)
{
	put_key(key);
	put_string(val);
}

void json_u64(const char *key, uint64_t val)
{
	put_key(key);
	fprintf(out_file, "%llu", (unsigned long long)val);
}

void json_bool(const char *key, bool val)
{
	put_key(key);
	fputs(val ? "true" : "false", out_file);
}
