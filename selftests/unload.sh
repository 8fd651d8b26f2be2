#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# The module can be removed whatever goes on: traffic, SAs, ports in other
# namespaces, under a VLAN, in a bond. So can the driver of one port.
#
# UNLOADS   how often each way (default 2)
unloads=${UNLOADS:-2}

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3 rmmod

remove() {
	bounded 30 rmmod rmmod ipsecsim
	[ ! -e /sys/module/ipsecsim ] || fail "the module is there"
	! compgen -G '/sys/class/net/isim*' || fail "ports are there"
}

# What a check that failed has left behind is of no use to the next.
begin() {
	stream_stop
	ns_del_all
	policy_gone 2>/dev/null || true
	load_anew "$@"
}

policy_gone() {
	ip xfrm policy delete dir out src "$A4" dst "$B4"
}

sas_gone() {
	local ns

	for ns in "$@"; do
		expect_eq "SAs with offload in '$ns'" \
			"$(ipn "$ns" xfrm state | grep -c 'dev isim' || true)" 0
	done
}

# Big blocks and no pause: every queue is busy.
load_on() {
	stream_start "$1" "$2" "$3" 60000 0
	stream_moves
}

test_quiet() {
	begin
	two_ports
	remove
	ns_del_all
}

# $1 is "hw" or nothing: with SAs of the port, or without any.
test_in_ns() {
	local i

	for ((i = 0; i < unloads; i++)); do
		begin
		two_ports
		[ -z "$1" ] || sa_pair esn=$((i % 2))
		load_on "$NSA" "$NSB" "$B4"
		remove
		sas_gone "$NSA" "$NSB"
		stream_stop
		ns_del_all
	done
}

# The first port stays where we are.
test_in_init() {
	local i

	for ((i = 0; i < unloads; i++)); do
		begin
		ns_new NSB
		ip link set isim1 netns "$NSB"
		ip link set isim0 up
		ip addr add "$A4"/24 dev isim0
		ip neigh replace "$B4" dev isim0 nud permanent \
			lladdr "$(mac_of "$NSB" isim1)"
		port_up "$NSB" isim1 b "$(mac_of '' isim0)"
		ip -batch - <<-END
		xfrm state add src $A4 dst $B4 $(sa_args 0x1000 128 128) \
			mode transport offload dev isim0 dir out
		xfrm state add src $B4 dst $A4 $(sa_args 0x1001 128 128) \
			mode transport offload dev isim0 dir in
		xfrm policy add dir out src $A4 dst $B4 \
			tmpl src $A4 dst $B4 proto esp mode transport
		END
		ip -n "$NSB" -batch - <<-END
		xfrm state add src $A4 dst $B4 $(sa_args 0x1000 128 128) \
			mode transport offload dev isim1 dir in
		xfrm state add src $B4 dst $A4 $(sa_args 0x1001 128 128) \
			mode transport offload dev isim1 dir out
		xfrm policy add dir out src $B4 dst $A4 \
			tmpl src $B4 dst $A4 proto esp mode transport
		END
		load_on '' "$NSB" "$B4"
		remove
		sas_gone '' "$NSB"
		stream_stop
		policy_gone
		ns_del_all
	done
}

test_vlan() {
	local ns dev l r

	begin
	two_ports
	for ns in "$NSA" "$NSB"; do
		dev=isim0 l=203.0.113.1 r=203.0.113.2
		[ "$ns" = "$NSA" ] || { dev=isim1 l=$r r=203.0.113.1; }
		ip -n "$ns" link add link "$dev" name vlan7 type vlan id 7
		ip -n "$ns" link set vlan7 up
		ip -n "$ns" addr add "$l"/24 dev vlan7
	done
	sa_pair spi=0x1000
	load_on "$NSA" "$NSB" 203.0.113.2
	remove
	! ipa link show vlan7 2>/dev/null || fail "the VLAN device is there"
	sas_gone "$NSA" "$NSB"
	stream_stop
	ns_del_all
}

test_bond() {
	begin adapters=4
	two_ports
	ip link set isim2 netns "$NSA"
	ipa link set isim0 down
	ipa addr flush dev isim0
	ipa link add bond0 type bond mode active-backup miimon 100
	ipa link set isim0 master bond0
	ipa link set isim2 master bond0
	ipa link set bond0 up
	ipa addr add "$A4"/24 dev bond0
	wait_for carrier "$NSA" bond0
	load_on "$NSA" "$NSB" "$B4"
	remove
	ipa link show bond0 >/dev/null
	stream_stop
	ns_del_all
}

# Frames on their way between qdisc, ring and wire.
test_held_packets() {
	begin
	two_ports
	sa_pair spi=0x1000
	na tc qdisc add dev isim0 root netem delay 50ms
	nb ethtool -C isim1 adaptive-rx off rx-usecs 30000
	load_on "$NSA" "$NSB" "$B4"
	remove
	stream_stop
	ns_del_all
}

# A process that watches everything must not pin it.
test_watched() {
	begin
	two_ports
	sa_pair spi=0x1000
	na tcpdump -i isim0 -Z root -w /dev/null 2>"$tmp/tcpdump.log" &
	wait_for -t 30 grep -q 'listening on' "$tmp/tcpdump.log"
	ipa monitor link >"$tmp/monitor.log" &
	ipa xfrm monitor >"$tmp/monitor.log" &
	load_on "$NSA" "$NSB" "$B4"
	remove
	stream_stop
	ns_del_all
}

driver=/sys/bus/platform/drivers/ipsecsim

port_here() {
	[ -e "/sys/class/net/$1" ]
}

# One port's driver goes and comes back, the adapter stays on its wire.
test_unbind() {
	local i

	begin
	for ((i = 0; i < unloads; i++)); do
		two_ports
		sa_pair spi=0x1000
		load_on "$NSA" "$NSB" "$B4"
		bounded 30 unbind tee "$driver"/unbind <<<ipsecsim.0
		! ipa link show isim0 2>/dev/null || fail "the port is there"
		sas_gone "$NSA"
		wait_for no_carrier "$NSB" isim1
		stream_stop
		bounded 30 bind tee "$driver"/bind <<<ipsecsim.0
		wait_for port_here isim0
		ns_del_all
	done
	two_ports
	sa_pair spi=0x1000
	load_on "$NSA" "$NSB" "$B4"
	expect_ge hw_tx_esp "$(count "$NSA" isim0 hw_tx_esp)" 1
	stream_stop
	ns_del_all
	remove
}

test_unload_unbound() {
	begin
	echo ipsecsim.1 >"$driver"/unbind
	! port_here isim1 || fail "the port is there without its driver"
	port_here isim0
	remove
}

[ -z "$SOFT" ] || { skip "unloading" "there is no module" && finish; }
small_ko
isim_unload
isim_insmod
require tcpdump tc
isim_unload
check "nothing goes on" test_quiet
check "traffic between namespaces" test_in_ns ''
check "traffic and SAs between namespaces" test_in_ns hw
check "traffic and SAs, one port in our namespace" test_in_init
check "a VLAN on top" test_vlan
check "ports in a bond" test_bond
check "packets held back in queues" test_held_packets
check "captures and monitors are open" test_watched
check "unbind and bind under traffic" test_unbind
check "a port without its driver" test_unload_unbound
check "it still loads and works" test_in_ns hw
finish
