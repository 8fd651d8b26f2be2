#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The interop matrix: offloaded ends and software XFRM understand each other.
#
#	NSA                                          NSB
#	+-----------------------+                    +-----------------------+
#	| isim0      hw or sw   |=== ESP ==========> |      isim1  hw or sw  |
#	|                       | <========== ESP ===|                       |
#	| isim0.100  (vlan)     |                    |  isim1.100            |
#	+-----------------------+                    +-----------------------+
#
# A cell is ENDS MODE KEY ICV ESN PATH (see matrix.py).  ENDS says which end
# has its two SAs in the device: in "hw-sw" the device sends to software from A
# to B and receives from software from B to A, in "sw-hw" the other way round.
# Those two judge the third: for each set of parameters "hw-hw" has a hw-sw and
# a sw-hw cell with the same ones, so that two devices which agree on something
# wrong are found out.  In every cell:
#
#   - ICMP echo, TCP and UDP get through, both ways, byte by byte;
#   - XFRM counts no error at either end;
#   - every packet sent was received: the sequence number that the outbound SA
#     has reached is the packet count of the inbound SA at the far end;
#   - it was really the device: its ESP counters moved by that number at an
#     offloaded end, and not at all at a software end.
#
# What the PATH changes:
#   plain  MTU 1500
#   jumbo  MTU 9000, and datagrams that need it
#   frag   datagrams larger than the MTU.  An IPv6 packet in a tunnel is cut
#          before ESP and the device sees every piece; but since 6.15 the core
#          (xfrm_dev_offload_ok) keeps what has IPv6 extension headers, here that
#          of a fragment, from the sending device.  In transport mode, and
#          with IPv4 in a tunnel, the ESP packet itself is cut: the core keeps
#          it from the sending device (xfrm_dev_offload_ok), and the receiving
#          one sees fragments only.  Software on both ends: both devices must
#          leave them alone, their ESP counters stand still.
#   vlan   over isim0.100 and isim1.100.  A VLAN device has no xfrmdev_ops, so
#          the SAs name the ports.  The receiving device does find the SA
#          behind the tag and decrypts.  The sender encrypts in software, as the
#          route leaves through another device than the SA's (xfrm_dev_offload_ok
#          compares them): no device is ever asked to encrypt behind a tag.
#
# ISIM_MATRIX=full (default) | pairs: a covering subset, each pair of values of
# any two of the six at least once, the judges of each "hw-hw" cell included.

# shellcheck disable=SC2317,SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

isim_load
two_ports
modprobe -q 8021q || true
traffic_start

# Plain packets fit in every mode.
declare -A sizes=(
	[plain]="0,1,2,3,5,56,1000,1340"
	[vlan]="0,1,2,3,5,56,1000,1340"
	[jumbo]="2,1340,4000,8800"
	[frag]="1600,2001,4002,9003"
)

set_path() {
	case $1 in
	jumbo) mtu 9000 ;;
	*) mtu 1500 ;;
	esac
	[ "$1" = vlan ] || return 0
	vlan_end "$NSA" isim0 1 2 "$(mac_of "$NSB" isim1)"
	vlan_end "$NSB" isim1 2 1 "$(mac_of "$NSA" isim0)"
}

vlan_end() {
	local ns=$1 dev=$2 l=$3 r=$4 mac=$5

	ip -n "$ns" -batch - <<-END
		link add link $dev name $dev.100 type vlan id 100
		link set $dev.100 up
		addr add 203.0.113.$l/24 dev $dev.100
		addr add 203.0.113.10$l/32 dev $dev.100
		addr add 2001:db8:2::$l/64 dev $dev.100 nodad
		addr add 2001:db8:2::10$l/64 dev $dev.100 nodad
		neigh replace 203.0.113.$r lladdr $mac nud permanent dev $dev.100
		neigh replace 2001:db8:2::$r lladdr $mac nud permanent dev $dev.100
		neigh replace 203.0.113.10$r lladdr $mac nud permanent dev $dev.100
		neigh replace 2001:db8:2::10$r lladdr $mac nud permanent dev $dev.100
	END
}

# For each end one "ip" that stays up, as starting it costs more than a cell:
# lines of a batch in, listings out.  It ends at the first error.
declare -A ip_in ip_out
ip_start() {
	local in out

	mkfifo "$tmp/in.$1" "$tmp/out.$1"
	stdbuf -oL ip -n "$1" -s -batch - <"$tmp/in.$1" >"$tmp/out.$1" \
		2>>"$tmp/ip.err" &
	exec {in}>"$tmp/in.$1" {out}<"$tmp/out.$1"
	ip_in[$1]=$in ip_out[$1]=$out
}

# Lists SA $2 of end $1 line by line into the array SA; whatever was asked for
# before is done then.
sa_get() {
	local line

	SA=()
	echo "xfrm state get $2 proto esp" >&"${ip_in[$1]}"
	while read -r -t $((20 * slow)) line <&"${ip_out[$1]}"; do
		SA+=("$line")
		[[ $line != *failed* ]] || return 0
	done
	cat "$tmp/ip.err"
	fail "ip xfrm in $1 has ended"
}

# In place of lib.sh's: send all of a file, and wait.
sa_apply() {
	local text

	IFS= read -r -d '' text <"$2" || true
	printf '%s' "$text" >&"${ip_in[$1]}"
	sa_get "$1" "$there"
}

# Of two SAs of an end: sets sent to the sequence number that the outbound one
# has reached, received to the packet count of the inbound one.
sa_counts() {
	local line

	sent='' received=''
	sa_get "$1" "$2"
	for line in "${SA[@]}"; do
		[[ ! $line =~ oseq\ (0x[0-9a-f]+) ]] ||
			sent=$((BASH_REMATCH[1]))
	done
	sa_get "$1" "$3"
	for line in "${SA[@]}"; do
		[[ ! $line =~ ([0-9]+)\(packets\)$ ]] ||
			received=${BASH_REMATCH[1]}
	done
}

# How many packets the device of an end has encrypted and decrypted.
expect_hw() {
	local end=$1 how=$2 sent=$3 received=$4

	case "$path $mode" in
	'frag transport'* | 'frag tunnel4'*) sent=0 received=0 ;;
	'vlan '*) sent=0 ;;
	'frag tunnel6'*) ! kernel_since 6 15 || sent=0 ;;
	esac
	device_did "$end" "$how" "$sent" "$received"
	[ -n "$SOFT" ] || counter_moved "$end.hw_rx_esp_auth_err" 0
}

use_vlan_addresses() {
	A4=203.0.113.1 B4=203.0.113.2 A6=2001:db8:2::1 B6=2001:db8:2::2
	AI4=203.0.113.101 BI4=203.0.113.102
	AI6=2001:db8:2::101 BI6=2001:db8:2::102
}

# Variables of the caller: src and dst of the traffic in mode $1.
traffic_ends() {
	case $1 in
	transport4) src=$A4 dst=$B4 ;;
	transport6) src=$A6 dst=$B6 ;;
	tunnel4*) src=$AI4 dst=$BI4 ;;
	tunnel6*) src=$AI6 dst=$BI6 ;;
	esac
}

run_traffic() {
	local src dst

	traffic_ends "$mode"
	traffic ping "$src" "$dst" "${sizes[$path]}"
	traffic udp "$src" "$dst" "${sizes[$path]}"
	[ "$path" = frag ] || traffic tcp "$src" "$dst" 250000
}

cell() {
	local ends=$1 mode=$2 key=$3 icv=$4 esn=$5 path=$6
	local a=${ends%-*} b=${ends#*-} sent_a sent_b got_a got_b sent received
	local there back

	[ "$path" != vlan ] || use_vlan_addresses
	if [ "${mode: -1}" = 4 ]; then
		there="src $A4 dst $B4 spi 0x2000" back="src $B4 dst $A4 spi 0x2001"
	else
		there="src $A6 dst $B6 spi 0x2000" back="src $B6 dst $A6 spi 0x2001"
	fi
	sa_pair a="$a" b="$b" key="$key" icv="$icv" esn="$esn" \
		mode="${mode%%[46]*}" outer="${mode: -1}" \
		inner="${mode//[!46]/}" spi=0x2000 flush=1
	counters_mark
	run_traffic
	counters
	sa_counts "$NSA" "$there" "$back"
	sent_a=$sent got_a=$received
	sa_counts "$NSB" "$back" "$there"
	sent_b=$sent got_b=$received

	no_xfrm_errors
	expect_ge "packets from A" "$sent_a" 8
	expect_ge "packets from B" "$sent_b" 8
	expect_eq "packets received by B" "$got_b" "$sent_a"
	expect_eq "packets received by A" "$got_a" "$sent_b"
	expect_hw a "$a" "$sent_a" "$sent_b"
	expect_hw b "$b" "$sent_b" "$sent_a"
}

ip_start "$NSA"
ip_start "$NSB"
at=plain
python3 "$here/matrix.py" "${ISIM_MATRIX:-full}" >"$tmp/cells" ||
	fail "no cells"
while read -r cell; do
	# shellcheck disable=SC2086
	set -- $cell
	[ "$6" = "$at" ] || set_path "$6"
	at=$6
	check "$2 $1 aes-gcm-$3 icv $4$([ "$5" = 0 ] || echo ' esn') $6" \
		cell "$@"
done <"$tmp/cells"
finish
