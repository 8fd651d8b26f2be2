#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046,SC2086,SC2119
#
# Events of the netlink family: what happens to SAs and adapters is told once, in
# order, to those who may know, and a listener learns when it missed some.  What
# delete requests tell is in sa_delete_req.sh.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_events.sh
. "$here/lib_events.sh"
require ip ethtool jq python3 setpriv ipsecsim

room=3000

# What is told of an SA is what was asked of XFRM and what the device shows.
added_and_deleted() {
	local handle

	monitor_start "$NSB"
	sa_pair outer=6 mode=tunnel reqid=21 spi=0xabc0
	handle=$(handle_of "$NSB" isim1 in 0xabc0)
	has_event ".event == \"sa_added\" and .dev == \"isim1\" and (.sa |
		.src == \"$A6\" and .dst == \"$B6\" and .proto == \"esp\" and
		.spi == 43968 and .dir == \"in\" and .reqid == 21 and
		.handle == $handle and (has(\"mark\") or has(\"if_id\") | not))"
	has_event ".event == \"sa_added\" and (.sa | .src == \"$B6\" and
		.dst == \"$A6\" and .spi == 43969 and .dir == \"out\" and
		.handle == $(handle_of "$NSB" isim1 out 0xabc1))"
	expect_eq "events" "$(events true)" 2
	ipb xfrm state delete src "$A6" dst "$B6" proto esp spi 0xabc0
	has_event ".event == \"sa_deleted\" and .sa.handle == $handle and
		.sa.dir == \"in\""
	expect_eq "events" "$(events true)" 3
	ipb xfrm state flush
	has_event '.event == "sa_deleted" and .sa.spi == 43969'
	expect_eq "events" "$(events true)" 4
	sa_flush
}

# The same for people.
as_text() {
	monitor_stop
	ip netns exec "$NSB" ipsecsim monitor count 2 >"$tmp/text" \
		2>"$tmp/monitor.err" &
	wait_for grep -q listening "$tmp/monitor.err"
	sa_pair
	wait $!
	cat "$tmp/text"
	expect_eq "lines" "$(grep -c '^isim1: sa_added  ' "$tmp/text")" 2
	grep -q "in src $A4 dst $B4 spi 0x00001000 handle 0x.* reqid 1$" "$tmp/text"
	sa_flush
}

# SAs that the stack does itself are none of the device's.
not_of_software() {
	monitor_start "$NSB"
	sa_pair b=sw
	sa_flush
	sa_pair
	has_event '.event == "sa_added" and .sa.dir == "in"' >/dev/null
	sa_flush
	expect_eq "first event" "$(head -n 1 "$tmp/events" | jq -r .event)" sa_added
	expect_eq "added" "$(events '.event == "sa_added"')" 2
}

updated() {
	sa_pair esn=1 window=64 out_state='replay-oseq-hi 0 replay-oseq 0x7ffffff0' \
		in_state='replay-seq-hi 0 replay-seq 0x7ffffff0'
	monitor_start "$NSB"
	# the bottom of the window has to cross 2^31
	traffic count "$A4" "$B4" 120 100
	has_event '.event == "sa_updated" and .sa.spi == 4096 and .sa.dir == "in"'
	expect_eq "updates" "$(events '.event == "sa_updated"')" 1
	sa_flush
}

reset_told() {
	sa_pair
	monitor_start "$NSB"
	nb ethtool --reset isim1 all >"$tmp/reset"
	wait_for events_are 3
	expect_eq "order" "$(jq -r .event "$tmp/events" | paste -sd' ')" \
		'reset sa_added sa_added'
	wait_for carrier "$NSB" isim1
	sa_flush
}

# Events are heard where the port is, and nowhere else.
namespaces() {
	monitor_start "$NSA"
	sa_pair a=sw
	sa_flush
	sa_pair b=sw
	has_event '.event == "sa_added" and .dev == "isim0"' >/dev/null
	sa_flush
	no_event '.dev != "isim0"'
}

# A port that goes leaves its SAs behind: told to those it leaves.
port_moves() {
	local gone

	sa_pair
	ipb xfrm policy flush
	monitor_start "$NSB"
	ip netns exec "$NSA" ipsecsim -j monitor >"$tmp/other" 2>"$tmp/other.err" &
	gone=$!
	wait_for grep -q listening "$tmp/other.err"
	ipb link set isim1 netns "$NSA"
	has_event '.event == "sa_deleted" and .sa.dir == "in"' >/dev/null
	has_event '.event == "sa_deleted" and .sa.dir == "out"' >/dev/null
	ipa link set isim1 netns "$NSB"
	kill "$gone"
	expect_eq "told to the others" "$(grep -c 4096 "$tmp/other" || true)" 0
	port_up "$NSB" isim1 b "$(mac_of "$NSA" isim0)"
	wait_for carrier "$NSB" isim1
	sa_flush
}

# FIRST LAST: batch lines that add so many SAs
many() {
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "xfrm state add src $A4 dst $B4 $(printf \
			'proto esp spi %d aead rfc4106(gcm(aes)) %s 128' "$i" "$key") \
mode transport reqid 5 $in $off"
	done
}

# A table that is full: none added, none told.  And a listener that cannot keep
# up with thousands is told so, and goes on hearing.
overrun() {
	local key in off pid

	key=$(keymat 1 128) in=$(sa_dir in 32) off=$(offload isim1 in)
	many 4097 $((4096 + room)) >"$tmp/many"
	monitor_start "$NSB"
	ipb -batch "$tmp/many"
	! ipb xfrm state add src "$A4" dst "$B4" $(sa_args 9 128 128) \
		mode transport $in $off || fail "room for one more"
	wait_for -t 30 events_are $room
	no_event '.event == "overrun"'
	no_event '.sa.spi == 9'
	pid=$(<"$tmp/monitor.pid")
	kill -STOP "$pid"
	ipb xfrm state flush
	wait_for -t 30 device_empty
	ipb -batch "$tmp/many"
	ipb xfrm state flush
	kill -CONT "$pid"
	has_event '.event == "overrun"'
	grep -q 'events were lost' "$tmp/monitor.err"
	sa_pair spi=0x777
	has_event '.event == "sa_added" and .sa.spi == 1911' >/dev/null
	sa_flush
}

events_are() {
	[ "$(wc -l <"$tmp/events")" -eq "$1" ]
}

device_empty() {
	[ "$(hw "$NSB" isim1 drv_sa_count)" -eq 0 ]
}

secret() {
	nb setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		"$@"
}

# Who may not see SAs may not hear of them.
permissions() {
	local rc=0

	secret ipsecsim -j monitor count 1 >"$tmp/out" 2>"$tmp/err" || rc=$?
	expect_eq "exit status" "$rc" 1
	grep -q CAP_NET_ADMIN "$tmp/err"
	[ ! -s "$tmp/out" ]
}

isim_load sa_capacity=$room
two_ports
traffic_start
check "an SA is added and deleted" added_and_deleted
check "events as text" as_text
check "no events of SAs in software" not_of_software
check "an SA is updated" updated
check "a reset, then the SAs again" reset_told
check "namespaces" namespaces
check "a port moves" port_moves
check "who may hear" permissions
check "a listener that is too slow" overrun
monitor_stop
finish
