// SPDX-License-Identifier: GPL-2.0
/*
 * ipsecsim: look at and control emulated NICs with IPsec offload.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"

bool json;

static const struct verb *const verbs[] = {
	&verb_add,
	&verb_del,
	&verb_wire,
	&verb_caps,
	&verb_list,
	&verb_show,
	&verb_sa,
	&verb_seq,
	&verb_policy,
	&verb_stats,
	&verb_fault,
	&verb_set,
	&verb_monitor,
	&verb_reap,
};

static const char *const options[] = { "--help", "--json", "--version" };

/* What an option asked for, in place of running the verb. */
enum ask { ASK_RUN, ASK_HELP, ASK_VERSION };

static void print_usage(FILE *to)
{
	size_t i;

	fputs("usage: ipsecsim [-j] VERB [WORD...]\n\n", to);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(to, "  %-8s %.*s\n", verbs[i]->name,
			(int)strcspn(verbs[i]->help, "\n"), verbs[i]->help);
	fputs("\n"
	      "  -j, --json     answer in JSON\n"
	      "  -h, --help     this, or behind a verb all about that\n"
	      "  -V, --version  version of this tool\n"
	      "\n"
	      "DEV is the network device of an adapter, such as isim0.\n"
	      "Exit codes: 0 done, 1 refused or failed, 2 command line not understood.\n",
	      to);
}

static void print_verb_help(const struct verb *verb)
{
	printf("usage: ipsecsim [-j] %s%s%s\n\n%s", verb->name,
	       *verb->args ? " " : "", verb->args, verb->help);
}

static int take_option(const char *arg, enum ask *ask)
{
	if (!strcmp(arg, "-j") || !strcmp(arg, "--json"))
		json = true;
	else if (!strcmp(arg, "-h") || !strcmp(arg, "--help"))
		*ask = ASK_HELP;
	else if (!strcmp(arg, "-V") || !strcmp(arg, "--version"))
		*ask = ASK_VERSION;
	else
		return unknown_word("option", arg, options, ARRAY_SIZE(options));
	return EX_DONE;
}

/* A number is never an option, even one that no verb takes. */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && !isdigit((unsigned char)arg[1]);
}

/* Options may stand anywhere; argv keeps the words. */
static int take_options(int *argc, char **argv, enum ask *ask)
{
	bool more = true;
	int from, to = 0;
	int code;

	for (from = 1; from < *argc; from++) {
		if (!more || !is_option(argv[from])) {
			argv[to++] = argv[from];
		} else if (!strcmp(argv[from], "--")) {
			more = false;
		} else {
			code = take_option(argv[from], ask);
			if (code != EX_DONE)
				return code;
		}
	}
	*argc = to;
	return EX_DONE;
}

static const struct verb *find_verb(const char *word)
{
	const char *names[ARRAY_SIZE(verbs)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(word, verbs[i]->name))
			return verbs[i];
		names[i] = verbs[i]->name;
	}
	unknown_word("verb", word, names, ARRAY_SIZE(names));
	return NULL;
}

int main(int argc, char **argv)
{
	const struct verb *verb = NULL;
	enum ask ask = ASK_RUN;
	int code;

	code = take_options(&argc, argv, &ask);
	if (code != EX_DONE)
		return code;
	if (ask == ASK_VERSION) {
		puts("ipsecsim " VERSION);
		return EX_DONE;
	}
	if (argc) {
		verb = find_verb(argv[0]);
		if (!verb)
			return EX_MISUSE;
	}
	if (ask == ASK_HELP) {
		if (verb)
			print_verb_help(verb);
		else
			print_usage(stdout);
		return EX_DONE;
	}
	if (!verb) {
		print_usage(stderr);
		return EX_MISUSE;
	}

	code = out_open();
	if (code != EX_DONE)
		return code;
	return out_close(verb->run(argc - 1, argv + 1));
}
