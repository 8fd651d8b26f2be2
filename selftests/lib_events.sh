# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# More of lib.sh (see there), for the files about events. jq is needed.
#
#   monitor_start NS [WORD]...  "ipsecsim -j monitor WORD..." there; it listens
#                       on return, and what it says goes to $tmp/events
#   monitor_stop        (also of one that an earlier check has left)
#   events FILTER       how many events are so, as a jq filter says
#   has_event FILTER    wait for one, and print it; fails if none comes
#   no_event FILTER     fails if there is one
#   request NS DEV SPI  the next packet received over that SA asks for its deletion
#   reap_start NS [WORD]...     the same with "ipsecsim -j reap", to $tmp/reaped
#   reap_wait           until it has ended by itself; its exit status
#   handle_of NS DEV DIR SPI    the handle of an SA

monitor_start() {
	local ns=$1
	shift

	monitor_stop
	: >"$tmp/events"
	ip netns exec "$ns" ipsecsim -j monitor "$@" >"$tmp/events" \
		2>"$tmp/monitor.err" &
	echo $! >"$tmp/monitor.pid"
	wait_for grep -q listening "$tmp/monitor.err"
}

monitor_stop() {
	[ -e "$tmp/monitor.pid" ] || return 0
	kill "$(<"$tmp/monitor.pid")" 2>/dev/null || true
	rm "$tmp/monitor.pid"
}

events() {
	jq -s "[.[] | select($1)] | length" "$tmp/events"
}

event_there() {
	[ "$(events "$1")" -gt 0 ]
}

has_event() {
	wait_for event_there "$1" || {
		cat "$tmp/events"
		fail "no event with $1"
	}
	jq -c "select($1)" "$tmp/events"
}

no_event() {
	local n

	n=$(events "$1") || fail "the events cannot be read"
	[ "$n" -eq 0 ] || {
		cat "$tmp/events"
		fail "an event with $1"
	}
}

request() {
	ip netns exec "$1" ipsecsim sa delete-req dev "$2" spi "$3"
}

reap_start() {
	local ns=$1
	shift

	ip netns exec "$ns" ipsecsim -j reap "$@" >"$tmp/reaped" \
		2>"$tmp/reap.err" &
	reaper=$!
	wait_for grep -q listening "$tmp/reap.err"
}

reap_wait() {
	wait "$reaper" || {
		cat "$tmp/reap.err"
		fail "reap ends with status $?"
	}
}

handle_of() {
	ip netns exec "$1" ipsecsim -j sa "$2" |
		jq ".[] | select(.dir == \"$3\" and .spi == $(($4))).handle"
}
