#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046,SC2153
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

# refused_by_port EXTACK REQUEST...   in both directions, both families
refused_by_port() {
	local text="ipsecsim: $1"
	shift

	newsa_refused EINVAL "$text" "$@" dir=out
	newsa_refused EINVAL "$text" "$@" dir=in src=192.0.2.2 dst=192.0.2.1
	newsa_refused EINVAL "$text" "$@" dir=out src=2001:db8::1 dst=2001:db8::2
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

# check_if_known NAME ENC AUTH COMMAND TEXT: "check NAME COMMAND TEXT ENC AUTH",
# unless this kernel has no such algorithm at all.
check_if_known() {
	newsa add dst=203.0.113.2 "$2" "$3"
	if [ "$ERR" = ENOSYS ]; then
		skip "$1" "this kernel has no such algorithm"
		return
	fi
	newsa del dst=203.0.113.2
	check "$1" "$4" "$5" "$2" "$3"
}

test_iproute2() {
	local out

	! out=$(ipa xfrm state add src "$A4" dst "$B4" proto esp spi 0x1001 \
		mode transport enc 'cbc(aes)' "$(keymat 1 96)" \
		auth-trunc 'hmac(sha1)' "$(keymat 1 128)" 80 \
		offload dev isim0 dir out 2>&1) || fail "it was accepted"
	[[ $out = *'ipsecsim: '* || -n "$mute" ]] || fail "$out"
	newsa_holds 0
}

# The core looks for a route then, finds none, and makes an SA without offload:
# never a half-offloaded one.
test_no_device() {
	newsa add dev=#777 dst=203.0.113.1 "$good"
	expect_eq "errno and extack" "$ERR $TEXT" "0 "
	count_is "$NSA" isim0 drv_sa_count 0
	! ipa xfrm state | grep -q 'offload' || fail "half an offload"
	ipa xfrm state flush
}

test_lo() {
	newsa add dev=lo "$good"
	expect_eq "errno and extack" "$ERR $TEXT" "0 "
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
two_ports
newsa_start "$NSA"
packet='ipsecsim: Packet offload is not supported, only crypto offload is supported'

echo "# algorithms"
some_enc='enc=cbc(aes):128'
some_auth='auth=hmac(sha256):256:128'
check "encryption without authentication" refused_by_port \
	'Encryption without authentication cannot be offloaded, only with an HMAC, CMAC or XCBC' \
	"$some_enc"
check "encryption with null authentication" refused_by_port \
	'Encryption without authentication cannot be offloaded, only with an HMAC, CMAC or XCBC' \
	"$some_enc" auth=digest_null:0
check "no encryption and no authentication" refused_by_port \
	'Encryption without authentication cannot be offloaded, only with an HMAC, CMAC or XCBC' \
	'enc=ecb(cipher_null):0'
other_enc='Encryption algorithm cannot be offloaded, only cbc(aes), rfc3686(ctr(aes)), cbc(des3_ede) and ecb(cipher_null)'
check_if_known "DES" 'enc=cbc(des):64' "$some_auth" refused_by_port \
	"$other_enc"
check_if_known "Camellia" 'enc=cbc(camellia):128' "$some_auth" refused_by_port \
	"$other_enc"
check_if_known "HMAC-RIPEMD160" "$some_enc" 'auth=hmac(rmd160):160' \
	refused_by_port \
	'Authentication algorithm cannot be offloaded, only HMAC with MD5, SHA1, SHA256, SHA384 and SHA512, cmac(aes) and xcbc(aes)'
other_icv='ICV length cannot be offloaded, only MD5 96 and 128, SHA1 96 and 160, SHA256 96 and 128, SHA384 192, SHA512 256, CMAC and XCBC 96 bits'
for auth in 'hmac(md5):128:64' 'hmac(sha1):160:80' 'hmac(sha256):256:256' \
	'hmac(sha384):384:384' 'hmac(sha512):512:96' 'cmac(aes):128:128' \
	'hmac(sha256):256:100'; do
	check "$auth" refused_by_port "$other_icv" "$some_enc" "auth=$auth"
done
check "HMAC with a key of 1032 bits" refused_by_port \
	'Authentication key length cannot be offloaded, only whole octets up to 1024 bits, 128 bits for CMAC and XCBC' \
	"$some_enc" 'auth=hmac(sha256):1032:128'
# XFRM rounds these up to octets that its ciphers take.
check "key and salt of 153 bits" refused_by_port \
	'Key length cannot be offloaded, only 128, 192 and 256 bits (ChaCha20: 256) plus 32 bits of salt (CCM: 24)' \
	"aead=$gcm:153:128"
other_key='Encryption key length cannot be offloaded, only 128, 192 and 256 bits (CTR: plus 32 bits of nonce), 192 for 3DES'
check "AES-CBC with a key of 121 bits" refused_by_port "$other_key" \
	'enc=cbc(aes):121' "$some_auth"
check "3DES with a key of 185 bits" refused_by_port "$other_key" \
	'enc=cbc(des3_ede):185' "$some_auth"

echo "# what XFRM refuses before it asks the port"
check "authentication without NULL encryption" newsa_refused EINVAL \
	'ESP: AEAD or CRYPT must be provided' "$some_auth"
# Where authenc() refuses a key, XFRM says nothing.
check "AES-CBC with a key of 136 bits" newsa_refused EINVAL core \
	'enc=cbc(aes):136' "$some_auth"
check "AES-CMAC with a key of 64 bits" newsa_refused EINVAL core \
	"$some_enc" 'auth=cmac(aes):64:96'
no_cipher='Kernel was unable to initialize cryptographic operations'
check "AES-CCM with the salt of GCM" newsa_refused EINVAL "$no_cipher" \
	'aead=rfc4309(ccm(aes)):160:128'
for bits in 32 128 152 168 296; do
	check "key and salt of $bits bits" newsa_refused EINVAL "$no_cipher" \
		"aead=$gcm:$bits:128"
done
no_aead='Requested AEAD algorithm not found'
check "AES-GMAC, ICV of 96 bits" newsa_refused ENOSYS "$no_aead" \
	'aead=rfc4543(gcm(aes)):160:96'
for bits in 32 104; do
	check "ICV of $bits bits" newsa_refused ENOSYS "$no_aead" \
		"aead=$gcm:160:$bits"
done
check "SM4-GCM" newsa_refused ENOSYS "$no_aead" 'aead=rfc4106(gcm(sm4)):160:128'
check "compression inside of ESP" newsa_refused EINVAL \
	'Invalid attribute for ESP: COMP' "$good" comp=deflate
check "ESN without a window" newsa_refused EINVAL \
	'Missing required attribute for ESN' "$good" esn=none

echo "# protocols, modes, types"
# What has no "ipsecsim: " in front is of the core, which asks no port then.
type="Type doesn't support offload"
check "AH" newsa_refused EINVAL "$type" proto=ah 'auth=hmac(sha256):256:128'
check "IPComp" newsa_refused EINVAL "$type" proto=comp comp=deflate spi=0x101
check "BEET mode" refused_by_port \
	'Mode cannot be offloaded, only transport and tunnel' mode=beet "$good"
check "TFC padding" newsa_refused EINVAL "TFC padding can't be offloaded" \
	mode=tunnel tfc=64 "$good"
# XFRM_SA_XFLAG_OSEQ_MAY_WRAP
check "sequence numbers that may wrap" newsa_refused EINVAL "ipsecsim: Sequence \
numbers that may wrap cannot be offloaded, the IV would repeat" xflags=2 "$good"
check "packet offload" newsa_refused EINVAL "$packet" oflags=4 "$good"
check "unknown offload flags" newsa_refused EINVAL \
	'Unrecognized flags in offload request' oflags=0x40 "$good"
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
# The rest is in algorithms.sh.
for auth in 'hmac(md5):128' 'hmac(sha1):160' 'hmac(sha256):256' \
	'hmac(sha384):384' 'hmac(sha512):512' 'cmac(aes):128' 'xcbc(aes):128'; do
	check "AES-CBC and $auth, truncated as XFRM does" \
		accepted "$some_enc" "auth=$auth"
done
check "HMAC with a key of 1024 bits" accepted "$some_enc" \
	'auth=hmac(sha512):1024:256'
check "HMAC with a key of 8 bits" accepted "$some_enc" 'auth=hmac(md5):8:96'
check "inbound" accepted dir=in "$good"
check "inbound, where sequence numbers may wrap" \
	accepted dir=in xflags=2 "$good"
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
