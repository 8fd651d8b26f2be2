#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046,SC2016,SC2086,SC2119
#
# Delete requests (IPsecOV2's SaDeleteReq): each reason for one, who is told, and
# that nobody but the host deletes anything.
#
#	NSA                                          NSB
#	+-----------------------+                    +------------------------+
#	| isim0                 |=== ESP, 0x1000 ==> | isim1  asks to delete  |
#	|                       | <== ESP, 0x1001 ===|        0x1000 (in) and |
#	|                       |                    |        0x1001 (out)    |
#	+-----------------------+                    +------------------------+
#
# Witnesses: "ipsecsim monitor", "ip xfrm monitor", and the traffic.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_events.sh
. "$here/lib_events.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
require ip ethtool jq python3 setpriv ipsecsim

req='.event == "sa_delete_req"'

# The SAs are there, at XFRM and at the device, and packets pass both.
both_work() {
	local before after

	before=$(hw "$NSB" isim1 hw_rx_esp) after=$(hw "$NSB" isim1 hw_tx_esp)
	traffic ping "${1:-$A4}" "${2:-$B4}" 64,1000
	expect_ge "decrypted" "$(hw "$NSB" isim1 hw_rx_esp)" $((before + 2))
	expect_ge "encrypted" "$(hw "$NSB" isim1 hw_tx_esp)" $((after + 2))
	expect_eq "SAs of XFRM" "$(ipb xfrm state list | grep -c '^src')" 2
	expect_eq "SAs of the device" "$(hw "$NSB" isim1 drv_sa_count)" 2
}

# A request of reason $1, and one only, however much traffic follows.
asked_once() {
	has_event "$req and .dev == \"isim1\" and .reason == \"$1\" and
		.inbound.spi == 4096 and .outbound.spi == 4097"
	both_work
	traffic count "$A4" "$B4" 30 100
	expect_eq "requests" "$(events "$req")" 1
	no_event '.event == "sa_deleted"'
	no_event '.event == "overrun"'
}

# --- By command --------------------------------------------------------------

# MODE ESN
by_command() {
	local mode=$1 esn=$2 l=$A4 r=$B4 src=$A4 dst=$B4 before

	case $mode in
	transport6) l=$A6 r=$B6 src=$A6 dst=$B6 ;;
	tunnel4) src=$AI4 dst=$BI4 ;;
	tunnel6) l=$A6 r=$B6 src=$AI6 dst=$BI6 ;;
	esac
	sa_pair mode="${mode%[46]}" outer="${mode: -1}" esn="$esn" reqid=7 flush=1
	monitor_start "$NSB" dev isim1
	both_work "$src" "$dst"
	no_event "$req"
	before=$(hw "$NSB" isim1 hw_rx_sa_delete_req)
	request "$NSB" isim1 0x1000
	no_event "$req"
	traffic ping "$src" "$dst" 64
	has_event "$req and .dev == \"isim1\" and .reason == \"command\" and
		.expired == false and
		(.inbound | .src == \"$l\" and .dst == \"$r\" and
		 .proto == \"esp\" and .spi == 4096 and .reqid == 7 and
		 .handle == $(handle_of "$NSB" isim1 in 0x1000)) and
		(.outbound | .src == \"$r\" and .dst == \"$l\" and
		 .proto == \"esp\" and .spi == 4097 and .reqid == 7 and
		 .handle == $(handle_of "$NSB" isim1 out 0x1001))"
	both_work "$src" "$dst"
	traffic tcp "$src" "$dst" 200000
	expect_eq "requests" "$(events "$req")" 1
	expect_eq "frames that carried one" \
		"$(hw "$NSB" isim1 hw_rx_sa_delete_req)" $((before + 1))
	# and again
	request "$NSB" isim1 0x1000
	traffic ping "$src" "$dst" 64
	wait_for requests_are 2
	expect_eq "in JSON, lines" "$(wc -l <"$tmp/events")" \
		"$(jq -s length "$tmp/events")"
	no_event '.event == "sa_deleted"'
	[[ $(xfrm_errors "$NSB") != *XfrmInState* ]] ||
		fail "errors: $(xfrm_errors "$NSB")"
}

requests_are() {
	[ "$(events "$req")" -eq "$1" ]
}

# --- The transport's part ----------------------------------------------------

deleted_in_order() {
	has_event '.event == "sa_deleted" and .sa.spi == 4097' >/dev/null
	expect_eq "deleted" "$(jq -c 'select(.event == "sa_deleted") |
		[.sa.dir, .sa.spi]' "$tmp/events" | paste -sd' ')" \
		'["in",4096] ["out",4097]'
}

reaped() {
	sa_pair reqid=9 flush=1
	monitor_start "$NSB"
	reap_start "$NSB" dev isim1 once
	request "$NSB" isim1 0x1000
	traffic ping "$A4" "$B4" 64
	reap_wait
	cat "$tmp/reaped"
	jq -e '.dev == "isim1" and .reason == "command" and
		.inbound.spi == 4096 and .inbound.deleted and
		.outbound.spi == 4097 and .outbound.deleted' "$tmp/reaped"
	deleted_in_order
	expect_eq "SAs of XFRM" "$(ipb xfrm state list)" ''
	wait_for device_has "$NSB" isim1 0
	expect_eq "SAs of the far end" \
		"$(ipa xfrm state list | grep -c '^src')" 2
}

device_has() {
	[ "$(hw "$1" "$2" drv_sa_count)" -eq "$3" ]
}

# Whoever is too late finds nothing, and nothing else is deleted instead.
reaped_before() {
	sa_pair flush=1
	reap_start "$NSB" once
	monitor_start "$NSB"
	kill -STOP "$reaper"
	request "$NSB" isim1 0x1000
	traffic ping "$A4" "$B4" 64
	has_event "$req" >/dev/null
	ipb xfrm state delete src "$A4" dst "$B4" proto esp spi 0x1000
	kill -CONT "$reaper"
	reap_wait
	jq -e '.inbound.deleted == false and .inbound.error == "No such process"
		and .outbound.deleted' "$tmp/reaped"
	expect_eq "SAs of XFRM" "$(ipb xfrm state list)" ''
}

# An SA with a lookup mark and of an interface is found only with both.
reaped_with_mark() {
	sa_flush
	ipa -batch - <<-END
		xfrm state add src $A4 dst $B4 $(sa_args 0x3001 128 128) mode transport reqid 3 $(sa_dir out 0)
		xfrm policy add dir out src $A4 dst $B4 tmpl src $A4 dst $B4 proto esp reqid 3 mode transport
	END
	ipb -batch - <<-END
		xfrm state add src $A4 dst $B4 $(sa_args 0x3001 128 128) mode transport reqid 3 $(sa_dir in 32) mark 5 mask 0xff if_id 6 $(offload isim1 in)
		xfrm state add src $B4 dst $A4 $(sa_args 0x3002 128 128) mode transport reqid 3 $(sa_dir out 0) mark 5 mask 0xff if_id 6 $(offload isim1 out)
		xfrm state add src $B4 dst $A4 $(sa_args 0x3003 128 128) mode transport reqid 4 $(sa_dir out 0) $(offload isim1 out)
	END
	monitor_start "$NSB"
	reap_start "$NSB" once
	request "$NSB" isim1 0x3001
	traffic send "$A4" "$B4" 100
	reap_wait
	has_event "$req and (.inbound | .spi == 12289 and .mark == 5 and
		.mark_mask == 255 and .if_id == 6) and (.outbound |
		.spi == 12290 and .mark == 5 and .mark_mask == 255 and .if_id == 6)"
	jq -e '.inbound.deleted and .outbound.deleted' "$tmp/reaped"
	expect_eq "SAs left" "$(ipb xfrm state list | awk '$1 == "proto" { print $4 }')" \
		0x00003003
}

# Without an outbound SA that fits, there is only the inbound one.
alone() {
	sa_pair flush=1
	ipb xfrm state delete src "$B4" dst "$A4" proto esp spi 0x1001
	ipb xfrm state add src "$B4" dst "$A4" \
		proto esp spi 0x1001 aead 'rfc4106(gcm(aes))' "$(keymat 0x1001 128)" 128 \
		mode transport reqid 77 $(sa_dir out 0) $(offload isim1 out)
	monitor_start "$NSB"
	reap_start "$NSB" once
	request "$NSB" isim1 0x1000
	traffic send "$A4" "$B4" 100
	reap_wait
	has_event "$req"' and .inbound.spi == 4096 and (has("outbound") | not)'
	jq -e 'has("outbound") | not' "$tmp/reaped"
	expect_eq "SAs left" "$(ipb xfrm state list | grep -c '^src')" 1
}

# During a rekey both pairs have the same addresses and the same reqid.
rekeyed() {
	local old

	sa_pair flush=1
	ipb -batch - <<-END
		xfrm state add src $A4 dst $B4 $(sa_args 0x2000 128 128) mode transport reqid 1 $(sa_dir in 32) $(offload isim1 in)
		xfrm state add src $B4 dst $A4 $(sa_args 0x2001 128 128) mode transport reqid 1 $(sa_dir out 0) $(offload isim1 out)
	END
	monitor_start "$NSB"
	request "$NSB" isim1 0x1000
	traffic send "$A4" "$B4" 100
	has_event "$req and .inbound.spi == 4096 and .outbound.spi == 4097"
	old="src $A4 dst $B4 proto esp spi 0x1000"
	ipa -batch - <<-END
		xfrm state add src $A4 dst $B4 $(sa_args 0x2000 128 128) mode transport reqid 1 $(sa_dir out 0) $(offload isim0 out)
		xfrm state delete $old
	END
	# The old outbound SA goes first: the new ones are no less a pair.
	ipb xfrm state delete src "$B4" dst "$A4" proto esp spi 0x1001
	request "$NSB" isim1 0x2000
	traffic send "$A4" "$B4" 100
	has_event "$req and .inbound.spi == 8192 and .outbound.spi == 8193"
}

# --- Limits of the device ------------------------------------------------------

limits() {
	nb ipsecsim sa limits dev isim1 "$@" >"$tmp/limits"
}

# A limit of the adapter is one of the SAs that come after it: $1 is the reason,
# the rest the limit.
limit() {
	local reason=$1
	shift

	sa_pair flush=1
	limits "$@"
	traffic count "$A4" "$B4" 40 100
	expect_eq "frames that carried one" "$(asked)" 0
	sa_pair flush=1
	monitor_start "$NSB"
	traffic count "$A4" "$B4" 40 100
	asked_once "$reason"
	has_event ".event == \"limit_reached\" and .reason == \"$reason\" and
		.sa.spi == 4096" >/dev/null
	expect_eq "order" "$(jq -r 'select(.reason) | .event' "$tmp/events" |
		paste -sd' ')" 'limit_reached sa_delete_req'
	limits off
}

# The packet that reaches the limit carries the request, not an earlier one.
limit_exact() {
	sa_pair flush=1
	monitor_start "$NSB"
	limits spi 0x1000 packets 20
	traffic count "$A4" "$B4" 19 100
	expect_eq "packets" "$(packets)" 19
	expect_eq "frames that carried one" "$(asked)" 0
	traffic count "$A4" "$B4" 1 100
	expect_eq "frames that carried one" "$(asked)" 1
	has_event "$req and .reason == \"packets\""
	# raised once for each arming
	traffic count "$A4" "$B4" 30 100
	expect_eq "frames that carried one" "$(asked)" 1
	limits handle "$(handle_of "$NSB" isim1 in 0x1000)" packets 70
	traffic count "$A4" "$B4" 19 100
	expect_eq "frames that carried one" "$(asked)" 1
	traffic count "$A4" "$B4" 2 100
	expect_eq "frames that carried one" "$(asked)" 2
	# one that is passed already: with the next packet
	limits spi 0x1000 packets 1
	traffic count "$A4" "$B4" 5 100
	expect_eq "frames that carried one" "$(asked)" 3
}

asked_before=0
asked() {
	echo $(($(hw "$NSB" isim1 hw_rx_sa_delete_req) - asked_before))
}

packets() {
	nb ipsecsim -j sa isim1 | jq '.[] | select(.dir == "in").packets'
}

# Packets that fail are counted, and the last of them carries the request.
auth_errors() {
	sa_pair flush=1
	monitor_start "$NSB"
	limits spi 0x1000 auth-errors 5
	na ipsecsim fault set isim0 corrupt seed 3 >"$tmp/fault"
	traffic count "$A4" "$B4" 4 100
	expect_eq "arrived" "$REPLY" "ok 0 0"
	expect_eq "frames that carried one" "$(asked)" 0
	traffic count "$A4" "$B4" 6 100
	na ipsecsim fault clear isim0 >"$tmp/fault"
	expect_eq "frames that carried one" "$(asked)" 1
	asked_once auth_errors
}

# Well before the numbers end. An SA with extended ones has no such limit.
sequence() {
	local state='replay-oseq 0xffffffd0'

	limits seq 0xffffffe0
	sa_pair flush=1 out_state="$state" in_state='replay-seq 0xffffffd0'
	monitor_start "$NSB"
	traffic count "$A4" "$B4" 15 100
	expect_eq "frames that carried one" "$(asked)" 0
	traffic count "$A4" "$B4" 1 100
	expect_eq "frames that carried one" "$(asked)" 1
	has_event "$req and .reason == \"seq\""
	traffic count "$A4" "$B4" 10 100
	expect_eq "arrived" "$REPLY" "ok 10 0"
	sa_pair flush=1 esn=1 out_state="$state replay-oseq-hi 0" \
		in_state='replay-seq 0xffffffd0 replay-seq-hi 0'
	traffic count "$A4" "$B4" 80 100
	expect_eq "arrived" "$REPLY" "ok 80 0"
	expect_eq "frames that carried one" "$(asked)" 1
	limits off
}

# What was set for one SA and for those to come is there again after a reset.
limits_after_reset() {
	local before

	limits off
	sa_pair flush=1
	limits spi 0x1000 packets 7
	limits bytes 1000000
	expect_eq "limits of the SA" "$(nb ipsecsim -j sa limits dev isim1 spi 0x1000 |
		jq -c '[.packets, .bytes, .auth_errors, .seq]')" '[7,0,0,0]'
	monitor_start "$NSB"
	before=$(handle_of "$NSB" isim1 in 0x1000)
	nb ethtool --reset isim1 all >"$tmp/reset"
	wait_for carrier "$NSB" isim1
	has_event '.event == "reset" and .dev == "isim1"'
	has_event ".event == \"sa_added\" and .sa.spi == 4096 and
		.sa.handle != $before"
	traffic count "$A4" "$B4" 20 100
	has_event "$req and .reason == \"packets\" and .outbound.spi == 4097"
	nb ipsecsim sa limits dev isim1 | grep -q 'bytes 1000000 '
	sa_pair flush=1
	expect_eq "limits of a new SA" "$(nb ipsecsim -j sa limits dev isim1 spi 0x1000 |
		jq -c '[.packets, .bytes]')" '[0,1000000]'
	limits off
}

# B without its inbound SA, and with it again
inbound_alone() {
	sa_pair flush=1
	ipb xfrm state delete dst "$B4" proto esp spi 0x1000
	wait_for device_has "$NSB" isim1 1
}

# Not by ip(8), which asks for links and so waits for a command that holds RTNL.
inbound_again() {
	local key

	key=$(keymat 0x1000 128)
	echo "add dev=isim1 dir=in src=$A4 dst=$B4 spi=0x1000 reqid=1" \
		"aead=rfc4106(gcm(aes)):160:128 key=${key#0x}" |
		nb python3 "$here/newsa.py" >"$tmp/added"
	expect_eq "error" "$(cut -f 1 "$tmp/added")" 0
}

# asks_after_reset PACKETS REQUESTS: what the driver says of the SA's limits, and what
# the adapter does after it was told of them in a reset
asks_after_reset() {
	fault_clear "$NSB" isim1
	expect_eq "limits of the SA" "$(nb ipsecsim -j sa limits dev isim1 spi 0x1000 |
		jq -c '[.packets, .bytes]')" "[$1,0]"
	nb ethtool --reset isim1 all >"$tmp/reset"
	wait_for carrier "$NSB" isim1
	asked_before=$(hw "$NSB" isim1 hw_rx_sa_delete_req)
	traffic count "$A4" "$B4" 20 100
	expect_eq "frames that carried one" "$(asked)" "$2"
}

# The adapter has the limits before it has the SA that is being added.
limits_overtake() {
	local adding

	limits off
	inbound_alone
	fault "$NSB" isim1 admin-late opcode sa-add ms 8000
	inbound_again &
	adding=$!
	wait_for fault_above "$NSB" isim1 admin-late hits 0
	limits packets 7
	wait "$adding"
	asks_after_reset 7 1
	limits off
}

# It has the SA before it has the limits. Whoever sets these holds RTNL, for which much
# else would wait, and sleeps until the adapter has answered.
limits_late() {
	local setting

	inbound_alone
	fault "$NSB" isim1 admin-late opcode sa-limit ms 8000
	exec_in_ns "$NSB" ipsecsim sa limits dev isim1 packets 7 >"$tmp/limits" &
	setting=$!
	wait_for grep -q isim_drv_aq_exec "/proc/$setting/stack"
	inbound_again
	wait "$setting"
	asks_after_reset 0 0
	limits off
}

# --- As a hard expire ------------------------------------------------------------

# The first request is only an event, and so is the last one.  The one between has
# the inbound SA deleted and a message sent, and the outbound SA left to the
# listener.
expires() {
	ip netns exec "$NSB" ip xfrm monitor expire >"$tmp/expire" &
	echo $! >"$tmp/expire.pid"
	wait_for hears_expire
	sa_pair flush=1 reqid=11
	monitor_start "$NSB"
	request "$NSB" isim1 0x1000
	traffic ping "$A4" "$B4" 64
	has_event "$req and .expired == false"
	both_work
	no_event '.event == "sa_deleted"'

	nb ipsecsim set dev isim1 delete-req expire
	nb ipsecsim sa limits dev isim1 | grep -q 'delete-req expire$'
	request "$NSB" isim1 0x1000
	traffic count "$A4" "$B4" 1 100
	has_event "$req and .expired and .outbound.spi == 4097"
	wait_for grep -q 'spi 0x00001000' "$tmp/expire"
	has_event '.event == "sa_deleted" and .sa.spi == 4096'
	expect_eq "SAs of XFRM" "$(ipb xfrm state list | grep -c '^src')" 1
	wait_for device_has "$NSB" isim1 1
	expect_eq "outbound SA" "$(nb ipsecsim -j sa isim1 | jq -c 'map(.spi)')" \
		'[4097]'

	nb ipsecsim set dev isim1 delete-req event
	sa_pair flush=1 reqid=11
	request "$NSB" isim1 0x1000
	traffic ping "$A4" "$B4" 64
	wait_for requests_are 3
	kill "$(<"$tmp/expire.pid")"
	cat "$tmp/expire"
	expect_eq "hard expires" "$(grep -c 'hard 1' "$tmp/expire")" 1
	grep -q "Expired src $A4 dst $B4" "$tmp/expire"
	both_work
}

# Is its socket of NETLINK_XFRM a member of the group?
hears_expire() {
	nb awk -v pid="$(<"$tmp/expire.pid")" '$2 == 6 && $3 == pid &&
		$4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink
}

# --- Refusals ---------------------------------------------------------------------

nobody() {
	nb setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"
}

refusals() {
	local out

	sa_pair flush=1 esn=1
	out=$(handle_of "$NSB" isim1 out 0x1001)
	refused 1 'no inbound SA of SPI 0x1001' nb ipsecsim sa delete-req dev isim1 spi 0x1001
	refused 1 'The SA is outbound, only inbound SAs raise delete requests (Invalid argument)' \
		nb ipsecsim sa delete-req dev isim1 handle "$out"
	refused 1 'The SA is outbound, only inbound SAs raise delete requests (Invalid argument)' \
		nb ipsecsim sa limits dev isim1 handle "$out" packets 1
	refused 1 'no SA of that handle' nb ipsecsim sa delete-req dev isim1 handle 1
	refused 1 'SAs with extended sequence numbers have no limit of them (Invalid argument)' \
		nb ipsecsim sa limits dev isim1 spi 0x1000 seq 9
	refused 1 'No port of an ipsecsim' nb ipsecsim sa limits dev lo packets 1
	refused 2 'spi SPI is missing' nb ipsecsim sa delete-req dev isim1
	refused 2 'did you mean "packets"' nb ipsecsim sa limits dev isim1 packet 1
	refused 2 'did you mean "expire"' nb ipsecsim set dev isim1 delete-req expires
	refused 2 'needs a number from 0 to 4294967295' nb ipsecsim sa limits dev isim1 seq 0x100000000
	refused 1 'CAP_NET_ADMIN' nobody ipsecsim sa limits dev isim1 packets 1
	refused 1 'CAP_NET_ADMIN' nobody ipsecsim set dev isim1 delete-req expire
	refused 1 'CAP_NET_ADMIN' nobody ipsecsim sa delete-req dev isim1 handle "$out"
	refused 1 'CAP_NET_ADMIN' nobody ipsecsim monitor
	expect_eq "limits" "$(nb ipsecsim -j sa limits dev isim1 spi 0x1000 |
		jq -c '[.packets, .bytes, .auth_errors, .seq]')" '[0,0,0,0]'
	traffic ping "$A4" "$B4" 64
	expect_eq "frames that carried one" "$(asked)" 0
}

# --- At the end ----------------------------------------------------------------

nobody_asks() {
	na ipsecsim fault clear isim0 >"$tmp/fault"
	expect_eq "requests" "$(hw "$NSA" isim0 hw_rx_sa_delete_req)" 0
}

isim_load
two_ports
traffic_start
check "by command, transport4" by_command transport4 0
check "by command, transport6, ESN" by_command transport6 1
check "by command, tunnel4, ESN" by_command tunnel4 1
check "by command, tunnel6" by_command tunnel6 0
check "reap deletes the inbound SA, then the outbound one" reaped
check "reap after somebody else" reaped_before
check "reap with mark and if_id" reaped_with_mark
check "an SA without a twin" alone
check "twins during a rekey" rekeyed
for what in 'packets 25' 'bytes 2000'; do
	asked_before=$(hw "$NSB" isim1 hw_rx_sa_delete_req)
	check "limit of $what" limit "${what% *}" $what
done
for what in limit_exact auth_errors sequence; do
	asked_before=$(hw "$NSB" isim1 hw_rx_sa_delete_req)
	check "${what//_/ }" "$what"
done
check "limits after a reset" limits_after_reset
check "limits that overtake an SA" limits_overtake
check "limits that are later than an SA" limits_late
check "as a hard expire" expires
asked_before=$(hw "$NSB" isim1 hw_rx_sa_delete_req)
check "refusals" refusals
check "who was not asked does not ask" nobody_asks
monitor_stop
finish
