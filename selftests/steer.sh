#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# Steering of ESP to a queue by SPI and destination, ethtool -N. The judge is the
# counters of the queues; what is refused is told by its errno, and changes nothing.
#
#	NSA                                    NSB
#	+-------------------+                  +-------------------------+
#	| isim0  frames.py  |----------------->| isim1  4 queues         |
#	+-------------------+                  +-------------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_trace.sh
. "$here/lib_trace.sh"
require ip ethtool python3 ipsecsim jq

rule() {
	nb ethtool -N isim1 "$@" >/dev/null
}

no_rules() {
	nb ethtool -K isim1 ntuple off
	nb ethtool -K isim1 ntuple on
	expect_eq "rules" "$(rules)" 0
}

rules() {
	nb ethtool -n isim1 | sed -n 's/^Total \([0-9]*\) rules.*/\1/p'
}

# lands QUEUE COMMAND: its 16 frames come by that queue, and by no other; "drop":
# they do not come, and are counted
lands() {
	local dropped

	[ "$1" != drop ] || dropped=$(count "$NSB" isim1 hw_rx_steer_drop)
	spread_start "$NSB" isim1 rx
	frames "$2"
	if [ "$1" = drop ]; then
		wait_for count_is "$NSB" isim1 hw_rx_steer_drop $((dropped + 16))
		spread
		expect_eq "frames that came" "$TOTAL" 0
		return
	fi
	wait_for spread_is 16
	spread
	expect_eq "frames of $2 in queue $1" "${SPREAD[$1]}" 16
	expect_eq "frames in all" "$TOTAL" 16
}

# All frames that no rule is for go to queue 0, so that any other queue proves a rule.
by_spi() {
	lands 0 esp,4,0x1000,16
	rule flow-type esp4 spi 0x1000 action 2 loc 7
	lands 2 esp,4,0x1000,16
	lands 0 esp,4,0x1001,16
	lands 0 esp,6,0x1000,16
	rule flow-type esp6 spi 0x1000 action 3 loc 8
	lands 3 esp,6,0x1000,16
	lands 2 esp,4,0x1000,16
	lands 0 flow,4,udp,16
	rule delete 7
	lands 0 esp,4,0x1000,16
	lands 3 esp,6,0x1000,16
	no_rules
	lands 0 esp,6,0x1000,16
}

by_destination() {
	rule flow-type esp4 dst-ip 192.0.2.2 action 1 loc 0
	rule flow-type esp6 dst-ip 2001:db8::3 spi 0x2000 action 2 loc 1
	lands 1 esp,4,0x1000,16
	lands 0 esp-to,4,0x1000,16,192.0.2.3
	lands 0 esp,6,0x2000,16
	lands 2 esp-to,6,0x2000,16,2001:db8::3
	lands 0 esp-to,6,0x2001,16,2001:db8::3
	no_rules
	rule flow-type esp6 action 3 loc 5
	lands 3 esp,6,0x2000,16
	lands 0 esp,4,0x2000,16
	no_rules
}

# Lowest location first, whatever the order in which they came.
by_location() {
	rule flow-type esp4 action 1 loc 20
	rule flow-type esp4 spi 0x1000 action 2 loc 10
	rule flow-type esp4 spi 0x1000 action 3 loc 30
	lands 2 esp,4,0x1000,16
	lands 1 esp,4,0x1001,16
	rule flow-type esp4 spi 0x1001 action 3 loc 10
	lands 1 esp,4,0x1000,16
	lands 3 esp,4,0x1001,16
	expect_eq "rules" "$(rules)" 3
	rule delete 20
	lands 3 esp,4,0x1000,16
	no_rules
}

dropped() {
	rule flow-type esp4 spi 0x1000 action -1
	lands drop esp,4,0x1000,16
	lands 0 esp,4,0x1001,16
	lands 0 flow,4,udp,16
	no_rules
	lands 0 esp,4,0x1000,16
}

full_table() {
	local i

	# shellcheck disable=SC2016
	for i in {0..63}; do echo "$i"; done |
		nb sh -c 'while read -r i; do
			ethtool -N isim1 flow-type esp4 spi $((0x4000 + i)) action $((i % 4)) loc $i ||
				exit 1
		done' >/dev/null
	expect_eq "rules" "$(rules)" 64
	# One in place of another: there is room for it in a full table.
	rule flow-type esp4 spi 0x5000 action 2 loc 1
	expect_eq "rules" "$(rules)" 64
	lands 0 esp,4,0x4001,16
	lands 2 esp,4,0x5000,16
	lands 3 esp,4,0x403f,16
	no_rules
}

shown() {
	rule flow-type esp4 dst-ip 192.0.2.2 spi 0x1234 action 2 loc 3
	rule flow-type esp6 spi 9 action -1 loc 4
	nb ethtool -n isim1 >"$tmp/shown"
	tr -s '\n\t ' ' ' <"$tmp/shown" >"$tmp/flat"
	grep -q '^4 RX rings available' "$tmp/flat"
	grep -q 'Filter: 3 .*Dest IP addr: 192.0.2.2 mask: 0.0.0.0 .*SPI: 4660 mask: 0x0 Action: Direct to queue 2 Filter: 4' "$tmp/flat" ||
		fail "$(<"$tmp/flat")"
	grep -q 'Filter: 4 .*SPI: 9 mask: 0x0 Action: Drop' "$tmp/flat" ||
		fail "$(<"$tmp/flat")"
	no_rules
}

# rule_refused ERROR WORD...
rule_refused() {
	local error=$1
	shift

	nb ethtool -n isim1 >"$tmp/before"
	# Its exit status is 0 all the same.
	nb ethtool -N isim1 "$@" >"$tmp/out" 2>&1 || true
	[[ $(<"$tmp/out") = *"$error"* ]] || fail "$*: $(<"$tmp/out")"
	nb ethtool -n isim1 | diff "$tmp/before" - || fail "$*: it changed something"
}

refused() {
	local no='Operation not supported' bad='Invalid argument'

	rule flow-type esp4 spi 1 action 1 loc 1
	rule_refused "$no" flow-type tcp4 dst-port 7 action 1 loc 2
	rule_refused "$no" flow-type udp6 dst-port 7 action 1 loc 2
	rule_refused "$no" flow-type ah4 spi 7 action 1 loc 2
	rule_refused "$no" flow-type esp4 src-ip 192.0.2.1 action 1 loc 2
	rule_refused "$no" flow-type esp6 src-ip 2001:db8::1 action 1 loc 2
	rule_refused "$no" flow-type esp4 spi 0x1000 m 0xff action 1 loc 2
	rule_refused "$no" flow-type esp4 dst-ip 192.0.2.0 m 0.0.0.255 action 1 loc 2
	rule_refused "$no" flow-type esp6 dst-ip 2001:db8:: m ::ff action 1 loc 2
	rule_refused "$no" flow-type esp4 tos 4 action 1 loc 2
	rule_refused "$no" flow-type esp4 spi 7 vlan 5 action 1 loc 2
	rule_refused "$no" flow-type esp4 spi 7 dst-mac 02:00:00:00:00:01 action 1 loc 2
	rule_refused "$bad" flow-type esp4 spi 7 action 4 loc 2
	rule_refused "$bad" flow-type esp4 spi 7 action -2 loc 2
	rule_refused "$bad" flow-type esp4 spi 7 vf 1 queue 1 loc 2
	rule_refused "$bad" flow-type esp4 spi 7 action 1 loc 64
	rule_refused 'No such file or directory' delete 2
	rule_refused 'No such file or directory' delete 64
	nb ethtool -K isim1 ntuple off
	rule_refused "$no" flow-type esp4 spi 7 action 1 loc 2
	nb ethtool -K isim1 ntuple on
	no_rules
}

# What the adapter refuses has not happened.
failing_commands() {
	rule flow-type esp4 spi 0x1000 action 1 loc 1
	fault "$NSB" isim1 admin-fail opcode steer-add nth 1 status no-memory
	rule_refused 'Cannot allocate memory' flow-type esp4 spi 0x1000 action 2 loc 1
	lands 1 esp,4,0x1000,16
	fault "$NSB" isim1 admin-fail opcode steer-delete nth 1 status no-memory
	rule_refused 'Cannot allocate memory' delete 1
	lands 1 esp,4,0x1000,16
	# It is said to be there, and is not.
	fault "$NSB" isim1 admin-ignore opcode steer-add nth 1
	rule flow-type esp4 spi 0x1001 action 2 loc 2
	lands 0 esp,4,0x1001,16
	rule delete 2
	expect_eq "rules" "$(rules)" 1
	fault_clear "$NSB" isim1
	no_rules
}

# A rule that the adapter does not take again is gone, and all else is there.
lost_in_reset() {
	rule flow-type esp4 spi 0x1000 action 1 loc 1
	rule flow-type esp4 spi 0x1001 action 2 loc 2
	fault "$NSB" isim1 admin-fail opcode steer-add nth 1 status no-memory
	nb ethtool --reset isim1 all >/dev/null
	fault_clear "$NSB" isim1
	ports_up
	expect_eq "rules" "$(rules)" 1
	lands 0 esp,4,0x1000,16
	lands 2 esp,4,0x1001,16
	no_rules
}

# A rule that was made or deleted while the port was down, too.
outlasts() {
	rule flow-type esp4 spi 0x1000 action 1 loc 1
	rule flow-type esp4 spi 0x1001 action 2 loc 2
	ipb link set isim1 down
	rule flow-type esp4 spi 0x1002 action 3 loc 3
	rule delete 2
	ipb link set isim1 up
	ports_up
	lands 1 esp,4,0x1000,16
	lands 0 esp,4,0x1001,16
	lands 3 esp,4,0x1002,16
	nb ethtool --reset isim1 all >/dev/null
	ports_up
	expect_eq "rules" "$(rules)" 2
	lands 1 esp,4,0x1000,16
	lands 0 esp,4,0x1001,16
	lands 3 esp,4,0x1002,16
	no_rules
}

# Not fewer queues than the rules name, a rule that drops aside.
channels() {
	rule flow-type esp4 spi 0x1000 action 2 loc 1
	rule flow-type esp4 spi 0x1001 action -1 loc 2
	! nb ethtool -L isim1 combined 2 >"$tmp/out" 2>&1 || fail "it was accepted"
	[[ $(<"$tmp/out") = *'Invalid argument'* ]] || fail "$(<"$tmp/out")"
	lands 2 esp,4,0x1000,16
	nb ethtool -L isim1 combined 3
	ports_up
	lands 2 esp,4,0x1000,16
	rule delete 1
	nb ethtool -L isim1 combined 2
	ports_up
	lands 0 esp,4,0x1000,16
	lands drop esp,4,0x1001,16
	nb ethtool -L isim1 combined 4
	ports_up
	no_rules
}

# What the adapter decrypts is steered by what the wire carries.
decrypted() {
	sa_pair spi=0x6000
	rule flow-type esp4 spi 0x6000 action 3 loc 1
	spread_start "$NSB" isim1 rx
	traffic ping "$A4" "$B4" 56,100,500,1000
	spread
	expect_eq "frames in queue 3" "${SPREAD[3]}" 4
	expect_eq "of them decrypted" "$(count "$NSB" isim1 drv_rx_esp)" 4
	no_rules
	sa_flush
}

[ -z "$SOFT" ] || { skip "steering" "there is no module" && finish; }
isim_load adapters=2 queues=4
two_ports
still
nb ethtool -L isim1 combined 4
nb ethtool -X isim1 equal 1
ports_up
traffic_start
frames_start isim0
check "by SPI" by_spi
check "by destination" by_destination
check "the lowest location decides" by_location
check "dropped" dropped
check "as many rules as there is room for" full_table
check "rules that are shown" shown
check "rules that are refused" refused
check "commands that fail" failing_commands
check "a rule lost in a reset" lost_in_reset
check "what is decrypted" decrypted
check "down and up, and reset" outlasts
check "rules and the number of queues" channels
finish
