#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Published test vectors, as ESP on the wire, are decrypted by the device.
#
#	NSA                                        NSB
#	+----------------------+                   +---------------------------+
#	| isim0                |                   |  isim1, inbound SA with   |
#	| the published frame  |===== frame =====> |  the published key        |
#	+----------------------+                   |  packet socket: plaintext |
#	                                           +---------------------------+
#
# Neither our engine nor the kernel's ESP has made these frames (see vectors.py).
# The device must count the frame as decrypted, or as malformed if the published
# plaintext does not end like that of ESP. What a packet socket sees behind it must
# have the published plaintext in place of the ciphertext. With a bit of the ICV
# turned over the device must count an authentication failure.
# GRO is off: it would give the frame to XFRM before a socket can see it.

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

python3 -c 'import cryptography' 2>/dev/null || require python3-cryptography
[ -z "$SOFT" ] || {
	skip "published vectors" "software shows no plaintext to a socket"
	finish
}
isim_load
two_ports
nb ethtool -K isim1 gro off
coproc PLAYER {
	exec python3 "$here/vectors.py" play "$NSA" isim0 "$NSB" isim1 2>&1
}
exec {player_in}<&"${PLAYER[0]}" {player_out}>&"${PLAYER[1]}"

# play HOW NAME: the answer's numbers must be WANT.  See vectors.py.
play() {
	printf '%s\t%s\n' "$1" "$2" >&"$player_out"
	read -r -t $((60 * slow)) REPLY <&"$player_in" || fail "no answer"
	expect_eq "decrypted, forged, malformed" "$REPLY" "ok $3"
}

# install SPI HIGH WORDS
install() {
	local words

	words="$3 mode transport $(sa_dir in 32)"
	[ "$2" = - ] || words+=" flag esn replay-seq-hi $2"
	ipb -batch - <<-END
		xfrm state flush
		xfrm state add src $A4 dst $B4 proto esp spi $1 $words $(offload isim1 in)
	END
}

# vector NAME SPI HIGH TRAILER WORDS, and so the others.  TRAILER is "whole" if the
# published plaintext ends like that of ESP; if not, that is what the device says.
vector() {
	local want="1 0 0"

	[ "$4" = whole ] || want="0 0 1"
	install "$2" "$3" "$5"
	play '' "$1" "$want"
	play '!' "$1" "0 1 0"
}

refused_by_xfrm() {
	[ "$(xfrm_stat "$NSB" XfrmInBufferError)" -eq "$1" ]
}

# Authentic, but no multiple of the block.
cut_short() {
	local n errors

	install "$2" "$3" "$5"
	errors=$(xfrm_stat "$NSB" XfrmInBufferError)
	for n in 1 4 7 8 12 15; do
		[ "$n" != 8 ] || [ "${1%%-*}" = AES ] || continue
		play "$n" "$1" "0 0 1"
		errors=$((errors + 1))
	done
	wait_for refused_by_xfrm "$errors"
}

# Authentic, but the padding is longer than the packet.
bad_padding() {
	local errors

	install "$2" "$3" "$5"
	errors=$(xfrm_stat "$NSB" XfrmInBufferError)
	play '' "$1" "0 0 1"
	wait_for refused_by_xfrm $((errors + 1))
}

python3 "$here/vectors.py" list >"$tmp/list"
while IFS=$'\t' read -r name spi high trailer words; do
	set -- "$name" "$spi" "$high" "$trailer" "$words"
	check "$name" vector "$@"
	case $name in
	*-CBC*'case 5)' | 3DES*) check "$name, of wrong lengths" cut_short "$@" ;;
	HMAC-SHA256*) check "$name, with bad padding" bad_padding "$@" ;;
	esac
done <"$tmp/list"
finish
