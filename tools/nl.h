/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink: a socket, a request, the replies, and the kernel's reasons.
 */
#ifndef NL_H
#define NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct nl_attr_spec - what an attribute of a reply must look like
 * @name: as the command line and the complaints call it
 * @type: its type
 * @required: a reply without it is an error
 */
struct nl_attr_spec {
	const char			*name;
	enum mnl_attr_data_type		type;
	bool				required;
};

/**
 * struct nl_attr_set - the attributes of a kind of message
 * @hdr_len: of the header in front of them
 * @device: the one that says which device a request is about; 0 if none
 * @max: the last one
 * @spec: of each; one without a name is not looked at
 */
struct nl_attr_set {
	size_t				hdr_len;
	uint16_t			device;
	uint16_t			max;
	const struct nl_attr_spec	*spec;
};

#define NL_ATTR_MAX	64	/* of all sets */

/**
 * struct nl - a netlink socket
 * @sock: the socket
 * @family: number of the generic netlink family
 * @events: number of its multicast group of events, or 0
 * @seq: number of the latest request
 * @err: errno that the kernel answered it with, or 0
 * @torn: the kernel's tables changed during the dump that it asked for
 */
struct nl {
	struct mnl_socket	*sock;
	uint16_t		family;
	uint32_t		events;
	uint32_t		seq;
	int			err;
	bool			torn;
};

/* A request that is being written. */
union nl_request {
	struct nlmsghdr	nlh;
	char		buf[1024];
};

/*
 * Gets the attributes of a reply, checked against the set, by type; absent ones
 * are NULL. Returns false, after a complaint, to give up.
 */
typedef bool (*nl_reply)(const struct nlattr *const *tb, void *arg);

/* All of these complain themselves; true is success. */
bool nl_open_ipsecsim(struct nl *nl);
bool nl_open_route(struct nl *nl);
bool nl_open_xfrm(struct nl *nl);
void nl_close(struct nl *nl);

/* Begin a request: to the ipsecsim family, or for one network device. */
void nl_begin(struct nl *nl, union nl_request *req, uint8_t cmd, bool dump);
void nl_begin_link(struct nl *nl, union nl_request *req, uint32_t ifindex);

/* Begin a request to XFRM; returns its header of that size, zeroed. */
void *nl_begin_xfrm(struct nl *nl, union nl_request *req, uint16_t type, size_t size);

/*
 * After a dump: is it to be asked for once more, because it is torn? Gives up and
 * warns after some tries; what is there then may lack entries. tries starts at 0.
 */
bool nl_again(const struct nl *nl, unsigned int *tries);

/*
 * Room for one more behind num items of that size, in an array for *room. Returns the
 * array, which may have moved; or NULL, after a complaint, and it is as it was.
 */
void *nl_room(void *items, size_t num, size_t *room, size_t size);

/*
 * Send a request and take its replies. Complaints begin with what, the name of
 * the device if any; name the attribute that the kernel objects to; and quote
 * the kernel.
 */
bool nl_talk(struct nl *nl, union nl_request *req, const char *what,
	     const struct nl_attr_set *set, nl_reply reply, void *arg);

/*
 * The same for a request that is only acknowledged. Returns 0 or the errno; does
 * not complain about the one that is given, if any.
 */
int nl_order(struct nl *nl, union nl_request *req, const char *what, int quiet);

/*
 * The attributes of a message, or inside of one, checked against the set. tb has
 * room for all of the set.
 */
bool nl_parse(const struct nlmsghdr *nlh, const struct nl_attr_set *set,
	      const struct nlattr **tb);
bool nl_parse_nest(const struct nlattr *nest, const struct nl_attr_set *set,
		   const struct nlattr **tb);

#endif
