#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# IKE daemons use the adapter: strongSwan and libreswan, each with itself and
# with the other one, whose end is software XFRM.  SAs come up offloaded, carry
# traffic, are replaced under traffic, also when the adapter asks for that, and
# leave the adapter at the end.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_ike.sh
. "$here/lib_ike.sh"
require jq ipsecsim

has() {
	command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]
}

# --- What is in the adapter ------------------------------------------------------

# sas END FILTER: of "ipsecsim -j sa", by jq
sas() {
	in_end "$1" ipsecsim -j sa "${ike_dev[$1]}" | jq -ce "$2"
}

one_pair() {
	[ "$(sas "$1" '[.[].dir] | sort')" = '["in","out"]' ]
}

# What "ip xfrm state" says: SAs, and those offloaded to the port, in each
# direction.
expect_offloaded() {
	local text want=$2

	text=$(ip -n "$(ns_of "$1")" xfrm state)
	expect_eq "SAs at $1" "$(grep -c '^src ' <<<"$text")" 2
	expect_eq "offloaded SAs at $1" "$(grep -cE \
		"crypto offload parameters: dev ${ike_dev[$1]} dir (in|out)" \
		<<<"$text")" "$want"
}

# The adapter itself says that it carried something in both directions.
expect_carried() {
	sas "$1" 'map(select(.packets > 0).dir) | unique == ["in", "out"]' || {
		sas "$1" . || true
		fail "the SAs of the adapter at $1 carried nothing"
	}
	expect_eq "frames that failed authentication" \
		"$(sas "$1" 'map(.auth_errors) | add')" 0
}

# None of the SAs that were there, and others in both directions.
replaced() {
	sas "$1" "map(.spi) as \$now | ($2 - \$now) == $2 and
		(map(.dir) | unique) == [\"in\", \"out\"]" >/dev/null
}

emptied() {
	[ "$(in_end "$1" ipsecsim -j sa "${ike_dev[$1]}")" = '[]' ] ||
		[ "$(sas "$1" length)" = 0 ]
}

# --- One pairing: strongSwan|libreswan at each end -------------------------------

# Sets up what the functions below use: the ends that offload, the addresses.
pairing() {
	ends=$1 mode=$2 src=$A4 dst=$B4
	[ "$mode" = transport ] || src=$AI4 dst=$BI4
}

explain() {
	"$@" || {
		ike_log
		for end in a b; do
			ip -n "$(ns_of "$end")" xfrm state list nokeys
			in_end "$end" ipsecsim sa "${ike_dev[$end]}"
		done
		fail "failed: $*"
	}
}

comes_up() {
	local end

	explain ike_start a "$1" mode="$mode" "${@:3}"
	explain ike_start b "$2" mode="$mode" "${@:3}" \
		offload="$([ "$ends" = "a b" ] && echo yes || echo no)"
	explain ike_up a
	for end in $ends; do
		explain wait_for one_pair "$end"
		expect_offloaded "$end" 2
	done
	[ "$ends" = "a b" ] || expect_offloaded b 0
	: >"$tmp/up"
}

carries() {
	local end before

	before=$(errors)
	traffic ping "$src" "$dst" 8,1400,4000
	traffic tcp "$src" "$dst" 200000
	for end in $ends; do expect_carried "$end"; done
	expect_eq "XFRM errors" "$(errors)" "$before"
}

errors() {
	echo "$(xfrm_errors "$NSA") $(xfrm_errors "$NSB")"
}

# With a stream of TCP running, SECONDS long; COMMAND makes the new SAs. A daemon
# may leave a gap between old and new ones, which TCP gets over; afterwards there
# must be no more errors. strongSwan keeps old inbound SAs for some seconds.
rekeys() {
	local secs=$1 end
	local -A old
	shift

	for end in $ends; do old[$end]=$(sas "$end" 'map(.spi) | sort'); done
	echo "stream $src $dst $secs" >&"$traffic_req"
	explain "$@"
	for end in $ends; do
		explain wait_for -t 30 replaced "$end" "${old[$end]}"
	done
	read -r -t $((60 * slow)) REPLY <&"$traffic_ans" || fail "no end of stream"
	[[ $REPLY = ok* ]] || fail "stream: $REPLY"
	carries
}

# The adapter asks for the deletion of the inbound SA, and that is passed on as a
# hard expire (IPsecOV2's SaDeleteReq): the daemon deletes the pair, as it would
# after any hard expire, and negotiates another.
ask_to_delete() {
	local dev=${ike_dev[$1]} spi

	spi=$(sas "$1" '.[] | select(.dir == "in").spi' | tr -d '"')
	in_end "$1" ipsecsim set dev "$dev" delete-req expire
	in_end "$1" ipsecsim sa delete-req dev "$dev" spi "$spi"
}

# Under traffic, too; but not with libreswan at an end. Without SAs, for a moment, both
# ends have packets to send, and both negotiate. Version 4.10 mixes such exchanges up:
# it takes the answer to its own request for another one, "has no matching SA", and the
# connection is dead. So there the only packets are of A, few, and answered.
obeys_delete_req() {
	local old

	if [ "$1$2" = strongswanstrongswan ]; then
		rekeys $((2 * slow)) ask_to_delete a
	else
		old=$(sas a 'map(.spi) | sort')
		explain ask_to_delete a
		traffic ping "$src" "$dst" 56
		explain wait_for -t 30 replaced_on_demand "$old"
		carries
	fi
	expect_ge "delete requests that the packets carried" \
		"$(hw "$NSA" isim0 hw_rx_sa_delete_req)" 1
}

replaced_on_demand() {
	traffic send "$src" "$dst" 56
	replaced a "$1"
}

goes_down() {
	local end

	explain ike_down a
	for end in $ends; do wait_for emptied "$end"; done
	ike_stop
}

# suite NAME DAEMON-A DAEMON-B ENDS-THAT-OFFLOAD MODE
suite() {
	local name=$1 a=$2 b=$3

	pairing "$4" "$5"
	begin "$name: SAs come up, offloaded" comes_up "$a" "$b"
	then_check "$name: traffic goes through the adapter" carries
	then_check "$name: rekey under traffic" rekeys $((2 * slow)) ike_rekey a
	then_check "$name: a delete request is obeyed" obeys_delete_req "$a" "$b"
	then_check "$name: taken down, the adapter is empty" goes_down
	ike_stop
}

# The same, with ESP in UDP: port 4500 at both ends.
encap_suite() {
	local name="$1 in UDP"

	kernel_since 6 12 || {
		skip "$name" "XFRM of this kernel lets no device have it"
		return 0
	}
	pairing "$4" "$5"
	begin "$name: SAs come up, offloaded" comes_up_in_udp "$2" "$3"
	then_check "$name: traffic goes through the adapter" carries
	then_check "$name: rekey under traffic" rekeys $((2 * slow)) ike_rekey a
	then_check "$name: taken down, the adapter is empty" goes_down
	ike_stop
}

comes_up_in_udp() {
	local end n

	comes_up "$1" "$2" encap=yes
	for end in a b; do
		n=$(ip -n "$(ns_of "$end")" xfrm state |
			grep -c 'encap type espinudp sport 4500 dport 4500 ' || true)
		expect_eq "SAs at $end for UDP" "$n" 2
	done
	for end in $ends; do
		expect_eq "SAs of the adapter at $end for UDP" \
			"$(sas "$end" 'map(select(.encap)) | length')" 2
	done
}

# A check that the following then_check need, or there is nothing to see.  What
# failed before may have left an answer of traffic.py unread.
begin() {
	rm -f "$tmp/up"
	traffic_stop
	traffic_start
	check "$@"
}

then_check() {
	if [ -e "$tmp/up" ]; then
		check "$@"
	else
		skip "$1" "no SAs came up"
	fi
}

isim_load
two_ports
traffic_start

strongswan='' libreswan=''
if has charon-systemd && has swanctl; then strongswan=1; fi
if has ipsec && has certutil && [[ $(ipsec --version) = *Libreswan* ]]; then
	libreswan=1
fi

if [ -n "$strongswan" ]; then
	suite strongSwan strongswan strongswan "a b" tunnel
	encap_suite strongSwan strongswan strongswan "a b" tunnel
else
	skip_missing strongSwan "charon-systemd and swanctl are not installed"
fi
if [ -n "$libreswan" ]; then
	suite libreswan libreswan libreswan "a b" transport
	encap_suite libreswan libreswan libreswan "a b" tunnel
else
	skip_missing libreswan "libreswan (ipsec, certutil) is not installed"
fi
if [ -n "$strongswan$libreswan" ] && [ "$strongswan" = "$libreswan" ]; then
	suite "strongSwan to libreswan in software" strongswan libreswan a tunnel
	pairing a tunnel
	begin "strongSwan with a short lifetime: SAs come up, offloaded" \
		comes_up strongswan libreswan life=12
	then_check "strongSwan with a short lifetime: rekey under traffic" \
		rekeys 20 true
	ike_stop
else
	skip_missing "strongSwan to libreswan in software" "needs both"
fi
finish
