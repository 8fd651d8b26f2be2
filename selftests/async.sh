#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Crypto that completes later: the way of a packet is interrupted in the engine, and
# anything may happen meanwhile.  See emu.h for what then must hold.
#
#	NSA                                  NSB
#	+----------------+                   +----------------------------+
#	| isim0          |<----- wire ------>| isim1                      |
#	| SAs in device  |                   | SAs in device, or software |
#	+----------------+                   +----------------------------+
#
# pcrypt gives every packet to a worker, software XFRM's too.  On a device without a
# queueing discipline that makes dev_queue_xmit() fail with -ENOMEM for packets of
# software XFRM, which TCP takes for a loss, so only isim ports are of use here.

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_capture.sh
. "$here/lib_capture.sh"
[ -z "$SOFT" ] || { skip "asynchronous engine" "there is no module" && finish; }
[ ! -e /proc/lockdep ] || {
	skip "asynchronous engine" "lockdep finds fault with padata, which pcrypt uses"
	finish
}
require tcpdump nstat ipsecsim rmmod

# The instance goes away whatever happens: behind the namespaces, whose SAs use it.
clean_last+=(engine_gone)

engine_gone() {
	[ "$(python3 "$here/async.py" left)" != 0 ] || return 0
	python3 "$here/async.py" del
	expect_eq "instances left" "$(python3 "$here/async.py" left)" 0
}

# In place of that of lib_esp.sh.  The policies stay when SAs are replaced, or what
# TCP sends meanwhile would leave in clear.
sa_apply() {
	if [ -n "${keep_policies:-}" ]; then
		sed -i '/^xfrm policy/d' "$2"
	fi
	ip -n "$1" -batch "$2"
}

new_sas() {
	local keep_policies=1

	sa_pair flush=1 "$@"
}

# --- Counters --------------------------------------------------------------

# How much each has moved between counters_mark and counters
moved() {
	local name sum=0

	for name in "${@:2}"; do
		sum=$((sum + ${COUNT[$1.$name]} - ${OLD[$1.$name]}))
	done
	echo "$sum"
}

tx_packets() {
	na cat /sys/class/net/isim0/statistics/tx_packets
}

mcast() {
	ip netns exec "$1" nstat -asz Ip6OutMcastPkts |
		awk '$1 == "Ip6OutMcastPkts" { print $2 }'
}

begin() {
	old_mcast_a=$(mcast "$NSA") old_mcast_b=$(mcast "$NSB")
	counters_mark
}

# From when nothing is under way
mark() {
	begin
	wait_for quiet
}

quiet() {
	local key

	old_packets=$(tx_packets)
	counters
	for key in a.hw_tx_frames b.hw_tx_frames a.hw_rx_frames b.hw_rx_frames; do
		[ "${COUNT[$key]}" = "${OLD[$key]}" ] || {
			counters_mark
			return 1
		}
	done
	[ "$old_packets" = "$(tx_packets)" ]
}

lost=(hw_rx_no_buf hw_rx_engine_full hw_rx_too_long hw_rx_off)

settled() {
	packets=$(($(tx_packets) - old_packets))
	counters
	[ "$packets" = "$(moved a hw_tx_frames)" ] &&
		[ "$(moved a hw_tx_frames)" = \
			"$(moved b hw_rx_frames "${lost[@]}")" ] &&
		[ "$(moved b hw_tx_frames)" = \
			"$(moved a hw_rx_frames "${lost[@]}")" ]
}

# Since mark, each frame was counted once at each place, and was ESP; with "sw", B
# has software XFRM.  A completion may wait for its interrupt.
balanced() {
	wait_for settled || {
		echo "A: $packets packets, $(moved a hw_tx_frames) frames," \
			"of which B has $(moved b hw_rx_frames "${lost[@]}")"
		fail "B: $(moved b hw_tx_frames) frames," \
			"of which A has $(moved a hw_rx_frames "${lost[@]}")"
	}
	[ "$(moved b "${lost[@]}")" = 0 ] ||
		echo "lost at B: $(moved b hw_rx_no_buf) had no buffer," \
			"$(moved b hw_rx_engine_full) no room in the engine" \
			>>"$tmp/figures"
	counter_moved a.hw_tx_crypto_err 0
	counter_moved b.hw_tx_crypto_err 0
	counter_moved a.drv_resets 0
	counter_moved b.drv_resets 0
	counter_moved a.drv_irqs_lost 0
	only_esp a
	[ "${1:-}" = sw ] || only_esp b
	no_xfrm_errors
}

# But for reports of multicast groups, whenever a port comes up.
only_esp() {
	local reports

	case $1 in
	a) reports=$(($(mcast "$NSA") - old_mcast_a)) ;;
	b) reports=$(($(mcast "$NSB") - old_mcast_b)) ;;
	esac
	expect_ge "frames of $1 in clear that are IPv6 multicast" "$reports" \
		$(($(moved "$1" hw_tx_frames) - $(moved "$1" hw_tx_esp)))
}

# --- Traffic ---------------------------------------------------------------

# flows MODE ESN hw|sw SPI BYTES: both ways at once, in large packets, whose frames
# are more than the engine has room for.
flows() {
	local src=$A4 dst=$B4

	case $1 in
	*6) src=$A6 dst=$B6 ;;
	esac
	case $1 in
	tunnel4in*) src=$AI4 dst=$BI4 ;;
	tunnel6in*) src=$AI6 dst=$BI6 ;;
	esac
	sa_pair mode="${1%%[46]*}" outer="${1: -1}" inner="${1//[!46]/}" \
		esn="$2" b="$3" spi="$4" flush=1
	mark
	traffic tcp "$src" "$dst" "$5"
	balanced "$3"
	expect_ge "large packets" "$(moved a drv_tx_lso)" $(($5 / 100000))
	expect_ge "frames" "$(moved a hw_tx_frames)" $(($5 / 1450))
}

# busy more|end COMMAND...: in the background; see async.py
busy() {
	: >"$tmp/busy"
	python3 "$here/async.py" busy "$NSA" "$NSB" "$A4" "$B4" "$@" \
		>"$tmp/busy" 2>&1 &
	wait_for -t 30 busy_began
	echo "frames that waited: $(<"$tmp/busy")"
	echo "$*: $(<"$tmp/busy") frames" >>"$tmp/figures"
	expect_ge "frames that waited" "$(head -n 1 "$tmp/busy")" 1
}

busy_began() {
	[ -s "$tmp/busy" ]
}

busy_ends() {
	wait $! || fail "$(<"$tmp/busy")"
}

recovered() {
	mark
	traffic tcp "$A4" "$B4" 100000
	balanced
}

deleted() {
	local i

	for i in 1 2; do
		sa_pair spi=$((0x7100 + 2 * i)) flush=1 esn=$((i % 2))
		begin
		busy more ip xfrm state flush
		new_sas spi=$((0x7110 + 2 * i)) esn=$((i % 2))
		busy_ends
		counters
		counter_moved a.hw_tx_crypto_err 0
		only_esp a
	done
	recovered
}

# reset NS DEV a|b: of the sender, or of the receiver
reset() {
	sa_pair spi=0x7200 flush=1
	begin
	busy more ip netns exec "$1" ethtool --reset "$2" all
	busy_ends
	counters
	counter_moved "$3.drv_resets" 1
	expect_eq "resets" $(($(moved a drv_resets) + $(moved b drv_resets))) 1
	only_esp a
	recovered
}

down() {
	local dev=$2 end=$3 peer

	peer=$(mac_of "$4" "$5")
	sa_pair spi=0x7300 flush=1
	busy end ip -n "$1" link set "$dev" down
	busy_ends
	port_up "$1" "$dev" "$end" "$peer"
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
	sa_pair spi=0x7302 flush=1
	recovered
}

unplugged() {
	sa_pair spi=0x7400 flush=1
	begin
	busy more ipsecsim wire isim0 none
	wait_for no_carrier "$NSA" isim0
	na ipsecsim wire isim0 isim1 netns "$NSB" >/dev/null
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
	busy_ends
	counters
	only_esp a
	recovered
}

# B decrypts in software, so what its port sees is the wire.
in_clear() {
	sa_pair spi=0x7500 flush=1 b=sw
	capture_start "$NSB" isim1
	busy more ip xfrm state flush
	new_sas spi=0x7502 b=sw
	busy_ends
	capture_stop
	nb ethtool -K isim1 gro on
	expect_ge "ESP" "$(captured "$tmp/wire.pcap" esp)" 200
	expect_eq "anything else" "$(captured "$tmp/wire.pcap" \
		'not esp and not ether proto 0x88b5 and not ip6 multicast')" 0
}

unloaded() {
	sa_pair spi=0x7600 flush=1
	busy end rmmod ipsecsim
	busy_ends
	! isim_loaded || fail "the module is there"
	traffic_stop
	ns_del_all
	isim_insmod
	two_ports
	traffic_start
	sa_pair spi=0x7602
	recovered
}

isim_load
two_ports
traffic_start
rc=0
python3 "$here/async.py" add >"$tmp/async" 2>&1 || rc=$?
if [ "$rc" -eq 4 ]; then
	skip "asynchronous engine" "no crypto_user or pcrypt"
	finish
fi
[ ! -s "$tmp/async" ] || diag "$(<"$tmp/async")"
# In packets larger than the engine has room for, however slow the machine is.
large_packets "$NSA"
check "the engine is asynchronous" test "$(python3 "$here/async.py" left)" -ge 1
check "transport mode, to software" flows transport4 0 sw 0x7000 200000
check "tunnel mode, ESN, to software" flows tunnel6in4 1 sw 0x7002 200000
check "transport mode, ESN, to a device" flows transport6 1 hw 0x7004 200000
check "tunnel mode, to a device" flows tunnel4in6 0 hw 0x7006 500000
check "SAs are deleted with packets in the engine" deleted
check "and nothing leaves in clear" in_clear
check "the sender is reset" reset "$NSA" isim0 a
check "the receiver is reset" reset "$NSB" isim1 b
check "the sender goes down" down "$NSA" isim0 a "$NSB" isim1
check "the receiver goes down" down "$NSB" isim1 b "$NSA" isim0
check "the wire is pulled, and plugged again" unplugged
check "the module is removed" unloaded
[ ! -s "$tmp/figures" ] || diag "$(<"$tmp/figures")"
traffic_stop
ns_del_all
check "the engine goes away again" engine_gone
finish
