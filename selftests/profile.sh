#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Profiles: with each, the port takes the SAs that the driver of that NIC takes,
# refuses the others with the same errors, and takes everything again afterwards. Where
# the kernel has netdevsim, that one is the judge of its profile; ISIM_NETDEVSIM=yes: it
# must be there. ISIM_MATRIX=pairs: some of them only, and with ISIM_NETDEVSIM=yes that
# of netdevsim alone.
#
#	NSA                                              NSB
#	+------------------+                             +------------------+
#	| isim0, a profile |============================ |      isim1       |
#	+------------------+                             +------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_events.sh
. "$here/lib_events.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
[ -z "$SOFT" ] || { skip "profiles" "there is no module" && finish; }
require ip ethtool python3 jq ipsecsim

# One SA of each kind, as requests for newsa.py
sha1='auth=hmac(sha1):160:96'
declare -A sa=(
	[gcm128]='aead=rfc4106(gcm(aes)):160:128'
	[gcm192]='aead=rfc4106(gcm(aes)):224:128'
	[gcm256]='aead=rfc4106(gcm(aes)):288:128'
	[icv96]='aead=rfc4106(gcm(aes)):160:96'
	[icv64]='aead=rfc4106(gcm(aes)):160:64'
	[gmac]='aead=rfc4543(gcm(aes)):160:128'
	[ccm]='aead=rfc4309(ccm(aes)):152:128'
	[chacha]='aead=rfc7539esp(chacha20,poly1305):288:128'
	[cbc]="enc=cbc(aes):256 $sha1"
	[ctr]="enc=rfc3686(ctr(aes)):160 $sha1"
	[3des]="enc=cbc(des3_ede):192 $sha1"
	[null]="enc=ecb(cipher_null):0 $sha1"
	[md5]='enc=cbc(aes):128 auth=hmac(md5):128:96'
	[sha512]='enc=cbc(aes):128 auth=hmac(sha512):512:256'
	[cmac]='enc=cbc(aes):128 auth=cmac(aes):128:96'
	[tunnel]='aead=rfc4106(gcm(aes)):160:128 mode=tunnel'
	[esn]='aead=rfc4106(gcm(aes)):160:128 esn=32'
	[ipv6]='aead=rfc4106(gcm(aes)):160:128 src=2001:db8::1 dst=2001:db8::2'
	[in]='aead=rfc4106(gcm(aes)):160:128 dir=in src=192.0.2.2 dst=192.0.2.1'
	[udp]='aead=rfc4106(gcm(aes)):160:128 encap=2'
	[udpsel]='aead=rfc4106(gcm(aes)):160:128 sproto=17'
	[gresel]='aead=rfc4106(gcm(aes)):160:128 sproto=47'
	[inesn]='aead=rfc4106(gcm(aes)):160:128 dir=in esn=32 src=192.0.2.2 dst=192.0.2.1'
)

# What each takes; all others it refuses with EINVAL.
declare -A takes=(
	[netdevsim]='gcm128 gcm192 gcm256 tunnel ipv6 in udp udpsel gresel'
	[ixgbe]='gcm128 ipv6 in udp udpsel gresel'
	[mlx5]='gcm128 gcm256 tunnel esn inesn ipv6 in udpsel'
	[cn10k]='gcm128 gcm192 gcm256 tunnel ipv6 udpsel gresel'
	[nfp]='gcm128 gcm192 gcm256 gmac cbc 3des null md5 sha512 tunnel ipv6 in udp udpsel
		gresel'
	[nfp3800]='gcm128 gcm192 gcm256 gmac chacha cbc null sha512 tunnel ipv6 in udp udpsel
		gresel'
	[chcr]='gcm128 gcm256 icv96 gmac chacha tunnel esn inesn ipv6 in udpsel gresel'
	[none]="${!sa[*]}"
)

# profile NAME [WORD]...: a change is in force when an event has told that the driver
# has read it.
profile() {
	local n

	n=$(caps_changed)
	na ipsecsim caps show dev isim0 >"$tmp/before"
	na ipsecsim caps set dev isim0 profile "$@" >"$tmp/caps"
	cmp -s "$tmp/before" "$tmp/caps" || wait_for caps_changed_above "$n"
}

caps_changed() {
	grep -c '"caps_changed"' "$tmp/events" || true
}

caps_changed_above() {
	[ "$(caps_changed)" -gt "$1" ]
}

# has_room ALL IN OUT ERROR PROFILE...: says $tmp/caps
has_room() {
	[ "$(head -n 1 "$tmp/caps")" = \
		"isim0: SAs $1 (in $2, out $3), then $4  profile ${*:5}" ] ||
		fail "$(<"$tmp/caps")"
}

# try_sa KIND: sets ERR, TEXT and offloaded, the SAs that the port has then
try_sa() {
	local before after dst=''

	newsa sas dev=isim0
	before=$LEFT
	# shellcheck disable=SC2086
	newsa add dev=isim0 ${sa[$1]}
	after="$ERR $TEXT"
	offloaded=0
	if [ "$ERR" = 0 ]; then
		newsa sas dev=isim0
		offloaded=$((LEFT - before))
		[[ ${sa[$1]} =~ dst=([^ ]*) ]] && dst=${BASH_REMATCH[0]}
		# shellcheck disable=SC2086
		newsa del $dst
		expect_eq "deleted" "$ERR" 0
		newsa_holds "$before"
	fi
	ERR=${after%% *} TEXT=${after#* }
}

# In 6.1 XFRM itself refuses UDP, whatever the profile.
# shellcheck disable=SC2015
kinds() {
	local kind

	for kind in "${!sa[@]}"; do
		[ "$kind" = udp ] && ! kernel_since 6 12 || echo "$kind"
	done
}

test_takes() {
	local kind want offloaded

	profile "$1"
	# shellcheck disable=SC2046
	has_room $(tr , ' ' <<<"$2") "$1"
	for kind in $(kinds); do
		want='EINVAL 0'
		[[ " ${takes[$1]//[$'\n\t']/ } " != *" $kind "* ]] || want='0 1'
		[ "$1 $kind" != 'cn10k in' ] || want='0 0'
		try_sa "$kind"
		expect_eq "$kind: error, SAs offloaded" "$ERR $offloaded" "$want"
		[ "$want" = '0 1' ] || [ -n "$mute" ] || [[ $TEXT = ipsecsim:* ]] ||
			fail "$kind: $TEXT"
	done
}

# The simulator of the kernel itself is asked the same. It does no crypto.
test_netdevsim() {
	local kind offloaded ours

	profile netdevsim
	for kind in $(kinds); do
		try_sa "$kind"
		ours=$ERR
		# shellcheck disable=SC2086
		newsa add dev=isimnds ${sa[$kind]} spi=0x2001
		expect_eq "$kind: error" "$ours" "$ERR"
		[ "$ERR" = 0 ] || continue
		ipa xfrm state list | grep -q 'offload parameters: dev isimnds ' ||
			fail "$kind: netdevsim has left it to software"
		ipa xfrm state flush
	done
}

netdevsim_new() {
	local dev

	echo "71 1" >/sys/bus/netdevsim/new_device
	clean_last+=(netdevsim_gone)
	dev=$(ls /sys/bus/netdevsim/devices/netdevsim71/net)
	ip link set "$dev" name isimnds netns "$NSA"
	ipa link set isimnds up
}

netdevsim_gone() {
	echo 71 >/sys/bus/netdevsim/del_device
}

# batch DIR FIRST LAST: adds SAs with these SPIs
batch() {
	local spi ends="src $A4 dst $B4" args

	[ "$1" = out ] || ends="src $B4 dst $A4"
	for ((spi = $2; spi <= $3; spi++)); do
		sa_args "$spi" 128 128 args
		echo "xfrm state add $ends $args mode transport offload dev isim0 dir $1"
	done >"$tmp/batch"
	ipa -batch "$tmp/batch"
}

# full ERROR [WORD]...: there is no room
full() {
	local -A text=([ENOSPC]="The adapter's SA table is full"
		[EBUSY]='The adapter has no room for the SA')

	newsa add dev=isim0 "${sa[gcm128]}" spi=0x77 "${@:2}"
	expect_eq "error of the SA too many" "$ERR" "$1"
	[ -n "$mute" ] || expect_eq "extack" "$TEXT" "ipsecsim: ${text[$1]}"
}

inbound='dir=in src=192.0.2.2 dst=192.0.2.1'

# Each direction has its own room.
test_ixgbe_full() {
	profile ixgbe
	batch out 0x10000 0x103ff
	full ENOSPC
	batch in 0x20000 0x203ff
	# shellcheck disable=SC2086
	full ENOSPC $inbound
	ipa xfrm state delete dst "$B4" proto esp spi 0x10000
	wait_for holds_exactly 2047
	# shellcheck disable=SC2086
	full ENOSPC $inbound
	batch out 0x10000 0x10000
	full ENOSPC
	ipa xfrm state flush
	wait_for holds_exactly 0
}

holds_exactly() {
	count_is "$NSA" isim0 drv_sa_count "$1"
}

# Those that are there stay, but there is no room for another until few are left.
test_netdevsim_full() {
	profile none
	batch in 0x10000 0x10027
	profile netdevsim
	full ENOSPC
	# shellcheck disable=SC2086
	full ENOSPC $inbound
	holds_exactly 40 || fail "an SA is gone"
	delete_in 0x10000 0x10006
	wait_for holds_exactly 33
	full ENOSPC
	delete_in 0x10007 0x10007
	wait_for holds_exactly 32
	batch out 0x30000 0x30000
	full ENOSPC
	# More than before, and a reset: those that are too many are software's then.
	profile none
	batch out 0x30001 0x30007
	profile netdevsim
	na ethtool --reset isim0 all >"$tmp/out"
	wait_for carrier "$NSA" isim0
	expect_eq "SAs in the adapter" "$(na ipsecsim -j sa isim0 | jq length)" 33
	holds_exactly 40 || fail "the driver has forgotten an SA"
	full ENOSPC
	profile none
	batch out 0x40000 0x40000
	ipa xfrm state flush
	wait_for holds_exactly 0
}

delete_in() {
	local spi

	for ((spi = $1; spi <= $2; spi++)); do
		echo "xfrm state delete dst $A4 proto esp spi $spi"
	done >"$tmp/batch"
	ipa -batch "$tmp/batch"
}

# A fault says that there is no room: with the error of that NIC.
test_nfp_full() {
	profile nfp
	fault "$NSA" isim0 sa-full
	full EBUSY
	profile none
	full ENOSPC
	fault_clear "$NSA" isim0
	batch out 0x10000 0x10000
	ipa xfrm state flush
	wait_for holds_exactly 0
}

# More words come after the profile, and it is nobody's then.
test_words() {
	profile mlx5 esn off aes-192 on
	has_room 20000 20000 20000 ENOSPC of nobody
	na ipsecsim -j caps show dev isim0 >"$tmp/out"
	jq -e '(has("profile") | not) and .caps.esn == "off" and
		.caps.tunnel == "on" and .caps["udp-esp"] == "off" and
		.sizes == { "aes-128": "on", "aes-192": "on", "aes-256": "on",
			"icv-64": "off", "icv-96": "off", "icv-128": "on" }' \
		"$tmp/out" >/dev/null || fail "$(<"$tmp/out")"
	profile none
	na ipsecsim -j caps show dev isim0 >"$tmp/out"
	jq -e '.profile == "none" and .caps.esn == "on" and .sa_capacity == 20000 and
		.sa_capacity_in == 20000 and .sa_capacity_out == 20000 and
		.busy_when_full == false' "$tmp/out" >/dev/null ||
		fail "$(<"$tmp/out")"
	refused 2 'unknown profile "mlx"; did you mean "mlx5"?' \
		na ipsecsim caps set dev isim0 profile mlx
	refused 2 'the name of a profile is missing behind profile' \
		na ipsecsim caps set dev isim0 profile
	refused 2 'profile is given twice' \
		na ipsecsim caps set dev isim0 profile nfp profile nfp
	refused 1 'No adapter does AH' na ipsecsim caps set dev isim0 profile nfp ah on
	na ipsecsim -j caps show dev isim0 >"$tmp/out"
	jq -e '.profile == "none"' "$tmp/out" >/dev/null ||
		fail "refused, but set: $(<"$tmp/out")"
}

# The bits by name, each alone.
test_sizes() {
	local offloaded size kind

	for size in aes-128:gcm128 aes-192:gcm192 aes-256:cbc icv-64:icv64 icv-96:icv96 \
		icv-128:chacha; do
		kind=${size#*:} size=${size%:*}
		profile none "$size" off
		try_sa "$kind"
		expect_eq "$kind without $size" "$ERR" EINVAL
		[ -n "$mute" ] || [[ $TEXT = 'ipsecsim: '@(Key|ICV)' length cannot be offloaded, it is switched off in the adapter' ]] ||
			fail "$TEXT"
		profile none "$size" on
		try_sa "$kind"
		expect_eq "$kind with $size" "$ERR $offloaded" '0 1'
	done
}

# shares yes|no yes|no: does the device do the ESP that isim0 sends, and receives?
shares() {
	local tx rx

	counters_mark
	traffic tcp "$A4" "$B4" 100000
	counters
	no_xfrm_errors
	tx=$((${COUNT[a.hw_tx_esp]} - ${OLD[a.hw_tx_esp]}))
	rx=$((${COUNT[a.hw_rx_esp]} - ${OLD[a.hw_rx_esp]}))
	expect_eq "device sends, receives ESP" \
		"$([ "$tx" -gt 10 ] && echo yes || echo no) $([ "$rx" -gt 10 ] &&
			echo yes || echo no)" "$*"
}

# Adapters that only encrypt: software decrypts, and nothing is lost.
test_tx_only() {
	profile cn10k
	sa_pair flush=1
	holds_exactly 1 || fail "not the outbound SA alone"
	shares yes no
	profile chcr
	sa_pair flush=1 spi=0x3000
	holds_exactly 2 || fail "not both SAs"
	shares yes no
	[ "$((${COUNT[a.hw_rx_esp_caps_off]} - ${OLD[a.hw_rx_esp_caps_off]}))" -gt 10 ] ||
		fail "hw_rx_esp_caps_off did not move"
	profile none
	shares yes yes
	ipa xfrm state flush
	ipb xfrm state flush
}

isim_load adapters=2 sa_capacity=20000
two_ports
traffic_start
newsa_start "$NSA"
monitor_start "$NSA" dev isim0
all=20000
whole=$([ "${ISIM_MATRIX:-full}" = pairs ] || echo yes)
# With netdevsim as judge, what others see is left to machines without it.
others=$([ -z "$whole" ] && [ -n "${ISIM_NETDEVSIM:-}" ] || echo yes)
names="cn10k:$all,$all,$all,ENOSPC"
[ -z "$whole" ] ||
	names+=" none:$all,$all,$all,ENOSPC netdevsim:33,33,33,ENOSPC
		ixgbe:2048,1024,1024,ENOSPC mlx5:$all,$all,$all,ENOSPC
		nfp:16384,16384,16384,EBUSY nfp3800:16384,16384,16384,EBUSY
		chcr:$all,$all,$all,ENOSPC"
[ -n "$others" ] || names=
for name in $names; do
	check "SAs that ${name%:*} takes" test_takes "${name%:*}" "${name#*:}"
done
if [ -w /sys/bus/netdevsim/new_device ]; then
	netdevsim_new
	check "netdevsim itself takes the same" test_netdevsim
else
	[ -z "${ISIM_NETDEVSIM:-}" ] || require netdevsim
	diag "no netdevsim: nobody judges its profile but this file"
fi
[ -z "$whole" ] || check "ixgbe: full in each direction" test_ixgbe_full
check "netdevsim: fewer SAs than there are already" test_netdevsim_full
if [ -n "$others" ]; then
	check "nfp: full" test_nfp_full
	check "words behind a profile, and refusals" test_words
	check "profiles that only encrypt" test_tx_only
fi
[ -z "$whole" ] || check "sizes by name" test_sizes
[ -n "$whole" ] || diag "ISIM_MATRIX=pairs: not all profiles and sizes"
monitor_stop
newsa_stop
finish
