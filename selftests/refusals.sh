#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# What the port does not offload: every refusal with its errno and its extack,
# and nothing left behind. And what it must accept beside that.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3

gcm='rfc4106(gcm(aes))'
good="aead=$gcm:160:128"

# refused ERRNO EXTACK-PATTERN REQUEST...
refused() {
	local errno=$1 pattern=$2
	shift 2

	newsa add dev=isim0 "$@"
	expect_eq errno "$ERR" "$errno"
	# shellcheck disable=SC2053,SC2153
	[ -n "$mute" ] || [[ $TEXT = $pattern ]] ||
		fail "extack: got '$TEXT', want '$pattern'"
	newsa_holds 0
}

# refused_by_port EXTACK REQUEST...   in both directions, both families
refused_by_port() {
	local text="ipsecsim: $1"
	shift

	refused EINVAL "$text" "$@" dir=out
	refused EINVAL "$text" "$@" dir=in src=192.0.2.2 dst=192.0.2.1
	refused EINVAL "$text" "$@" dir=out src=2001:db8::1 dst=2001:db8::2
}

accepted() {
	local dst=192.0.2.2 word

	for word in "$@"; do [[ $word != dst=* ]] || dst=${word#dst=}; done
	newsa add dev=isim0 "$@"
	expect_eq "errno and extack" "$ERR $TEXT" "0 "
	newsa_holds 1
	newsa del "dst=$dst"
	expect_eq "errno of the delete" "$ERR" 0
	newsa_holds 0
}

test_iproute2() {
	local out

	! out=$(ipa xfrm state add src "$A4" dst "$B4" proto esp spi 0x1001 \
		mode transport enc 'cbc(aes)' "$(keymat 1 96)" \
		auth 'hmac(sha1)' "$(keymat 1 128)" \
		offload dev isim0 dir out 2>&1) || fail "it was accepted"
	[[ $out = *'ipsecsim: '* || -n "$mute" ]] || fail "$out"
	newsa_holds 0
}

# The core looks for a route then, and finds none: never a half-offloaded SA.
test_no_device() {
	newsa add dev=#777 dst=203.0.113.1 "$good"
	count_is "$NSA" isim0 drv_sa_count 0
	! ipa xfrm state | grep -q 'offload' || fail "half an offload"
	ipa xfrm state flush
}

test_lo() {
	newsa add dev=lo "$good"
	count_is "$NSA" isim0 drv_sa_count 0
	! ipa xfrm state | grep -q 'dev lo' || fail "lo does not offload"
	ipa xfrm state flush
}

# The same SA again is refused by XFRM after the device has taken it.
test_twice() {
	newsa add dev=isim0 "$good"
	expect_eq "the first" "$ERR" 0
	newsa add dev=isim0 "$good"
	expect_eq "the second" "$ERR" EEXIST
	wait_for count_is "$NSA" isim0 drv_sa_count 1
	newsa del
	newsa_holds 0
}

isim_load adapters=2
mute=$(extack_missing)
two_ports
newsa_start "$NSA"
packet='ipsecsim: Packet offload is not supported, only crypto offload is supported'

echo "# algorithms"
only_gcm='only rfc4106(gcm(aes))'
separate="Separate encryption and authentication algorithms cannot be offloaded, $only_gcm"
other_aead="AEAD algorithm cannot be offloaded, $only_gcm"
check "AES-CBC and HMAC-SHA1" refused_by_port "$separate" \
	'enc=cbc(aes):128' 'auth=hmac(sha1):160'
check "AES-CBC and HMAC-SHA256" refused_by_port "$separate" \
	'enc=cbc(aes):256' 'auth=hmac(sha256):256:128'
check "3DES and HMAC-MD5" refused_by_port "$separate" \
	'enc=cbc(des3_ede):192' 'auth=hmac(md5):128'
check "NULL and HMAC-SHA256" refused_by_port "$separate" \
	'enc=ecb(cipher_null):0' 'auth=hmac(sha256):256:128'
check "AES-CTR and HMAC-SHA1" refused_by_port "$separate" \
	'enc=rfc3686(ctr(aes)):160' 'auth=hmac(sha1):160'
check "AES-GMAC" refused_by_port "$other_aead" \
	'aead=rfc4543(gcm(aes)):160:128'
check "AES-CCM" refused_by_port "$other_aead" 'aead=rfc4309(ccm(aes)):152:128'
check "ChaCha20-Poly1305" refused_by_port "$other_aead" \
	'aead=rfc7539esp(chacha20,poly1305):288:128'
# XFRM refuses these before it asks the port.
for bits in 32 104; do
	check "ICV of $bits bits" refused ENOSYS '*' "aead=$gcm:160:$bits"
done
for bits in 32 128 152 168 296; do
	check "key and salt of $bits bits" refused EINVAL '*' \
		"aead=$gcm:$bits:128"
done

echo "# protocols, modes, types"
check "AH" refused EINVAL '*' proto=ah 'auth=hmac(sha256):256:128'
check "IPComp" refused EINVAL '*' proto=comp comp=deflate spi=0x101
check "BEET mode" refused_by_port \
	'Mode cannot be offloaded, only transport and tunnel' mode=beet "$good"
check "ESP in UDP" refused EINVAL '*UDP encapsulation *' encap=2 "$good"
check "ESP in UDP, inbound" refused EINVAL '*UDP encapsulation *' \
	encap=2 dir=in "$good"
check "TFC padding" refused EINVAL '*' mode=tunnel tfc=64 "$good"
check "packet offload" refused EINVAL "$packet" oflags=4 "$good"
check "unknown offload flags" refused EINVAL '*' oflags=0x40 "$good"
check "a device that is not there" test_no_device
check "a device without offload" test_lo
check "the same SA twice" test_twice
check "ip xfrm shows the reason" test_iproute2

echo "# what must be accepted"
for key in 160 224 288; do
	for icv in 64 96 128; do
		check "AES-GCM, key and salt $key bits, ICV $icv bits" \
			accepted "aead=$gcm:$key:$icv"
	done
done
check "inbound" accepted dir=in "$good"
check "ESN outbound" accepted esn=32 "$good"
check "ESN inbound" accepted dir=in esn=128 "$good"
check "tunnel mode" accepted mode=tunnel "$good"
check "IPv6" accepted src=2001:db8::1 dst=2001:db8::2 "$good"
check "IPv6 tunnel for IPv4" accepted mode=tunnel src=2001:db8::1 \
	dst=2001:db8::2 sel=0.0.0.0 "$good"
check "IPv4 tunnel for IPv6" accepted mode=tunnel dir=in sel=:: "$good"
check "the port's counters add up" expect_eq drv_sa_count \
	"$(count "$NSA" isim0 drv_sa_count)" 0
newsa_stop
finish
