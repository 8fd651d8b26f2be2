/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ipsecsim: what the verbs share.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VERSION		"0.1"
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit codes; ipsecsim.8 documents them. */
#define EX_DONE		0
#define EX_FAILED	1	/* the kernel refused, or a resource is missing */
#define EX_MISUSE	2	/* the command line cannot be understood */

/**
 * struct verb - a word of the command line and what it does
 * @name: the word
 * @args: what follows it
 * @help: a line of summary, then whatever else --help shows
 * @run: gets the words behind the verb; returns an exit code
 */
struct verb {
	const char	*name;
	const char	*args;
	const char	*help;
	int		(*run)(int argc, char **argv);
};

extern bool json;	/* --json was given */
extern FILE *out_file;	/* see out_open() */

extern const struct verb verb_add;
extern const struct verb verb_caps;
extern const struct verb verb_del;
extern const struct verb verb_fault;
extern const struct verb verb_list;
extern const struct verb verb_monitor;
extern const struct verb verb_policy;
extern const struct verb verb_reap;
extern const struct verb verb_sa;
extern const struct verb verb_seq;
extern const struct verb verb_set;
extern const struct verb verb_show;
extern const struct verb verb_stats;
extern const struct verb verb_wire;

/* Orders of the verb sa */
extern const struct verb order_delete_req;
extern const struct verb order_limits;

/* A line on standard error; the format is a literal. */
#define complain(fmt, ...) \
	fprintf(stderr, "ipsecsim: " fmt "\n", ##__VA_ARGS__)

/*
 * Complain about a word that is not among the right ones, and name the closest
 * of those. Returns EX_MISUSE.
 */
int unknown_word(const char *what, const char *word,
		 const char *const *right, size_t num);

/* Complain about the words of a verb. Both return EX_MISUSE. */
int missing_word(const struct verb *verb, const char *what);
int extra_word(const struct verb *verb, const char *word);

/*
 * The closest of several words, or NULL when none is near. Words that begin
 * with the wrong one are near.
 */
const char *closest_word(const char *word, const char *const *right, size_t num);

/* The whole word is a number of that size; decimal, 0x… or 0…. */
bool parse_u32(const char *word, uint32_t *val);
bool parse_u64(const char *word, uint64_t *val);

/* Standard output, held back until a verb has succeeded. */
int out_open(void);
int out_close(int code);

/*
 * For a verb that does not end: from here on nothing is held back, and a JSON
 * value takes one line. out_flush() ends a line's worth; it complains itself.
 */
void out_lines(void);
bool out_flush(void);
#define out(...)	fprintf(out_file, __VA_ARGS__)

/*
 * JSON to the same place. A key is NULL inside an array. Commas and line ends
 * come by themselves.
 */
void json_object(const char *key);
void json_array(const char *key);
void json_end(void);
void json_str(const char *key, const char *val);
void json_u64(const char *key, uint64_t val);
void json_bool(const char *key, bool val);

#endif
