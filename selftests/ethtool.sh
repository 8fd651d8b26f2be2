#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Settings of ethtool: what is refused, with errno and reason, changes nothing;
# and what each setting does. Under traffic: lifecycle.sh.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
require ip ethtool python3 ping ipsecsim

settings() {
	local show

	for show in -g -l -c -x; do nb ethtool "$show" isim1; done
}

# The queues may have been made anew, and the carrier with them.
answers() {
	wait_for pings
	traffic ping "$A4" "$B4" 56
}

# lib.sh's helper would wait long for a reply that never comes.
pings() {
	na ping -c 1 -W "$slow" -n -q "$B4" >/dev/null
}

# eth_refused ERROR TEXT OPTION WORD...: of isim1. TEXT is empty where the kernel
# has no way to give a reason.
eth_refused() {
	local error=$1 text=$2 option=$3
	shift 3

	settings >"$tmp/before"
	! nb ethtool "$option" isim1 "$@" >"$tmp/out" 2>&1 ||
		fail "$option $*: was accepted"
	[[ $(<"$tmp/out") = *"$text"*"$error"* ]] ||
		fail "$option $*: $(<"$tmp/out")"
	settings | diff "$tmp/before" - || fail "$option $*: it changed something"
	answers
}

# set_to OPTION WORD VALUE [WORD VALUE]...: and it is shown.
set_to() {
	local option=$1 show=${1,,}
	shift

	nb ethtool "$option" isim1 "$@"
	while [ $# -gt 0 ]; do
		shows "$show" "$1" "$2"
		shift 2
	done
	answers
}

# shows OPTION WORD VALUE: the last line of that name is the current one.
shows() {
	local got

	got=$(nb ethtool "$1" isim1 | awk -v name="${2,,}:" '
		tolower($1) == name { value = $2 } END { print value }')
	expect_eq "$2" "$got" "$3"
}

# --- Rings ------------------------------------------------------------------------

refused_rings() {
	local size text='ipsecsim: Ring sizes are powers of 2, 64 or more'

	for size in 0 1 32 63 65 100 4095; do
		eth_refused 'Invalid argument' "$text" -G rx "$size"
		eth_refused 'Invalid argument' "$text" -G tx "$size" rx 128
	done
	eth_refused 'Invalid argument' 'requested ring size exceeds maximum' \
		-G tx 1000000
}

# Without interrupts frames fill the ring, until the watch looks at it.
overrun() {
	local sizes

	printf -v sizes '%*s' 400 ''
	sizes=${sizes// /,64}
	fault "$NSB" isim1 irq-lose ppm 1000000
	before=$(count "$NSB" isim1 hw_rx_no_buf)
	received=$(count "$NSB" isim1 hw_rx_frames)
	traffic send "$A4" "$B4" "${sizes#,}"
	wait_for all_came
	fault_clear "$NSB" isim1
	answers
}

all_came() {
	lost=$(($(count "$NSB" isim1 hw_rx_no_buf) - before))
	[ $(($(count "$NSB" isim1 hw_rx_frames) - received + lost)) -ge 400 ]
}

ring_sizes() {
	local before received lost size

	for size in 64 2048; do
		set_to -G rx "$size" tx 128
		overrun
		if [ "$size" = 64 ]; then
			expect_ge "frames without a buffer" "$lost" 1
		else
			expect_eq "frames without a buffer" "$lost" 0
		fi
	done
	set_to -G tx 4096
	shows -g rx 2048
	set_to -G rx 512 tx 512
}

# A change that fails is undone. If that fails, too, the queues are stopped.
failing_queues() {
	fault "$NSB" isim1 admin-fail opcode txq-create nth 1
	eth_refused 'Cannot allocate memory' '' -G rx 128
	fault "$NSB" isim1 admin-fail opcode txq-create ppm 1000000
	settings >"$tmp/before"
	! nb ethtool -G isim1 rx 128 >"$tmp/out" 2>&1 || fail "it was accepted"
	[[ $(<"$tmp/out") = *'ipsecsim: The queues are stopped, set the port down and up'*'Cannot allocate memory'* ]] ||
		fail "$(<"$tmp/out")"
	fault_clear "$NSB" isim1
	ipb link set isim1 down
	port_up "$NSB" isim1 b "$(mac_of "$NSA" isim0)"
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
	settings | diff "$tmp/before" -
	answers
}

# --- Channels ---------------------------------------------------------------------

refused_channels() {
	eth_refused 'Invalid argument' 'no RX or TX channel' -L combined 0
	eth_refused 'Invalid argument' 'requested channel count exceeds maximum' \
		-L combined 5
	eth_refused 'Invalid argument' 'requested channel count exceeds maximum' \
		-L combined 1 rx 1
	eth_refused 'Invalid argument' '' -X equal 3
}

# queues KIND: rx or tx, that the core has
queues() {
	# shellcheck disable=SC2016
	nb sh -c 'set -- /sys/class/net/isim1/queues/$0-*; echo $#' "$1"
}

channels() {
	local n

	for n in 1 4 2; do
		set_to -L combined "$n"
		expect_eq "RX queues" "$(queues rx)" "$n"
		expect_eq "TX queues" "$(queues tx)" "$n"
		expect_eq "queues that frames are spread over" \
			"$(nb ethtool -x isim1 | awk '/^ +[0-9]+:/ {
				for (i = 2; i <= NF; i++) if (!seen[$i]++) n++ }
				END { print n }')" "$n"
	done
}

# --- Interrupt moderation -------------------------------------------------------------

refused_moderation() {
	local most='ipsecsim: rx-usecs and rx-frames are at most 65535'

	eth_refused 'Numerical result out of range' "$most" -C rx-usecs 65536
	eth_refused 'Numerical result out of range' "$most" \
		-C rx-usecs 10 rx-frames 65536
	eth_refused 'Invalid argument' 'ipsecsim: rx-frames needs rx-usecs' \
		-C rx-frames 4
	eth_refused 'Invalid argument' \
		'cannot modify an unsupported parameter' -C tx-usecs 10
	eth_refused 'Invalid argument' \
		'ipsecsim: rx-usecs and rx-frames need adaptive-rx off' -C rx-usecs 10
}

adaptive_is() {
	local shown

	shown=$(nb ethtool -c isim1 | awk '/^Adaptive RX:/ { print $3 }')
	expect_eq "adaptive moderation" "$shown" "$1"
}

# What is set is shown, outlasts the queues, and frames still come.
moderation() {
	adaptive_is on
	nb ethtool -C isim1 adaptive-rx off
	adaptive_is off
	set_to -C rx-usecs 65000
	set_to -C rx-frames 1
	shows -c rx-usecs 65000
	nb ethtool -G isim1 rx 256
	shows -c rx-usecs 65000
	shows -c rx-frames 1
	answers
	nb ethtool -C isim1 rx-frames 0
	answers
	set_to -C rx-usecs 0
	nb ethtool -C isim1 adaptive-rx on
	nb ethtool -G isim1 rx 512
	adaptive_is on
	answers
}

[ -z "$SOFT" ] || { skip "settings" "there is no module" && finish; }
isim_load adapters=2 queues=4
two_ports
nb ethtool -L isim1 combined 2
wait_for carrier "$NSA" isim0
wait_for carrier "$NSB" isim1
traffic_start
check "ring sizes that are refused" refused_rings
check "ring sizes" ring_sizes
check "queues that cannot be made" failing_queues
check "channels that are refused" refused_channels
check "channels" channels
check "interrupt moderation that is refused" refused_moderation
check "interrupt moderation" moderation
finish
