# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The part of lib.sh (see there) that knows IPsec: SAs, counters, traffic.

# --- Security associations -------------------------------------------------

# Every SPI has a key and a salt of its own.  No subshells from here to
# sa_pair: on a slow machine they cost more than the SAs.
keymat() {
	local k

	printf -v k '0x%08x%s%08x' "$(($1))" \
		"${keyfill:0:$(($2 / 4 - 8))}" "$((0xa5000000 + $1))"
	if [ -n "${3:-}" ]; then printf -v "$3" %s "$k"; else echo "$k"; fi
}
keyfill=1f2e3d4c5b6a79880112233445566778899aabbccddeeff00f1e2d3c

sa_args() {
	local sa_key

	keymat "$1" "$2" sa_key
	sa_key="proto esp spi $1 aead rfc4106(gcm(aes)) $sa_key $3"
	if [ -n "${4:-}" ]; then
		printf -v "$4" %s "$sa_key"
	else
		echo "$sa_key"
	fi
}

# Newer kernels and iproute2 know the direction of an SA; then an outbound one must
# not have a replay window.  The older ones want it there, too, with ESN.
ip_has_dir=''
[[ $(ip xfrm state help 2>&1 || true) != *'[ dir DIR ]'* ]] || ip_has_dir=1

sa_dir() {
	if [ -z "$ip_has_dir" ]; then
		echo "replay-window $2"
	elif [ "$1" = out ]; then
		echo "dir out"
	else
		echo "dir in replay-window $2"
	fi
}

offload() {
	[ -n "$SOFT" ] || echo "offload dev $1 dir $2"
}

# One end: "ip -batch" lines.  Uses the variables of sa_pair.
sa_end() {
	local dev=$1 how=$2 l=$3 r=$4 li=$5 ri=$6 out in
	local more="mode $mode reqid $reqid" dir_in="replay-window $window"
	local dir_out=$dir_in ofl_in='' ofl_out=''
	local tmpl="proto esp reqid $reqid mode $mode"

	sa_args "$7" "$key" "$icv" out
	sa_args "$8" "$key" "$icv" in
	# As IKE daemons do: a tunnel carries either family.
	[ "$mode" = transport ] || more+=' flag af-unspec'
	[ "$esn" = 0 ] || more+=' flag esn'
	[ -z "$ip_has_dir" ] || dir_in="dir in $dir_in" dir_out="dir out"
	if [ "$how" = hw ] && [ -z "$SOFT" ]; then
		ofl_in="offload dev $dev dir in"
		ofl_out="offload dev $dev dir out"
	fi
	[ -z "$flush" ] || printf 'xfrm %s flush\n' policy state
	printf 'xfrm %s\n' \
		"state add src $l dst $r $out $more $dir_out $state $out_state $ofl_out" \
		"state add src $r dst $l $in $more $dir_in $state $in_state $ofl_in" \
		"policy add dir out src $li dst $ri tmpl src $l dst $r $tmpl" \
		"policy add dir in src $ri dst $li tmpl src $r dst $l $tmpl"
}

sa_pair() {
	local a=hw b=hw mode=transport outer=4 inner='' key=128 icv=128 esn=0
	local window=32 spi=0x1000 reqid=1 state='' out_state='' in_state=''
	local flush='' l r li ri back
	local "$@"

	printf -v back 0x%x $((spi + 1))
	l=$A4 r=$B4
	[ "$outer" = 4 ] || l=$A6 r=$B6
	li=$l ri=$r
	if [ "$mode" = tunnel ]; then
		li=$AI4 ri=$BI4
		[[ ${inner:-$outer} = 4* ]] || li=$AI6 ri=$BI6
	fi
	sa_end isim0 "$a" "$l" "$r" "$li" "$ri" "$spi" "$back" >"$tmp/a.batch"
	sa_end isim1 "$b" "$r" "$l" "$ri" "$li" "$back" "$spi" >"$tmp/b.batch"
	sa_apply "$NSA" "$tmp/a.batch"
	sa_apply "$NSB" "$tmp/b.batch"
}

addresses() {
	li=- ri=-
	case $1 in
	transport4) src=$A4 dst=$B4 ;;
	transport6) src=$A6 dst=$B6 ;;
	tunnel4in4) src=$A4 dst=$B4 li=$AI4 ri=$BI4 ;;
	tunnel6in6) src=$A6 dst=$B6 li=$AI6 ri=$BI6 ;;
	tunnel4in6) src=$A6 dst=$B6 li=$AI4 ri=$BI4 ;;
	tunnel6in4) src=$A4 dst=$B4 li=$AI6 ri=$BI6 ;;
	esac
}

# interop.sh has a faster way.
sa_apply() {
	ip -n "$1" -batch "$2"
}

sa_flush() {
	local ns

	for ns in "$NSA" "$NSB"; do
		ip -n "$ns" -batch - <<-END
			xfrm policy flush
			xfrm state flush
		END
	done
}

sa_state() {
	ip -n "$1" -s xfrm state list spi "$2"
}

# --- Observing -------------------------------------------------------------

hw() {
	ip netns exec "$1" ethtool -S "$2" |
		awk -v name="$3:" '$1 == name { print $2; found = 1 }
			END { exit !found }'
}

xfrm_stat() {
	# shellcheck disable=SC2016
	ip netns exec "$1" awk -v name="$2" '$1 == name { print $2; found = 1 }
		END { exit !found }' /proc/net/xfrm_stat
}

xfrm_errors() {
	# shellcheck disable=SC2016
	ip netns exec "$1" awk '$2 { printf "%s%s=%d", sep, $1, $2; sep = " " }' \
		/proc/net/xfrm_stat
}

# All counters of both ends in one go, see "counters" of traffic.py: COUNT has
# those of now, OLD those of when counters_mark was called.
declare -A COUNT OLD
counters() {
	local word

	traffic counters isim0 isim1
	COUNT=()
	for word in ${REPLY#ok}; do
		COUNT[${word%%=*}]=${word#*=}
	done
}

counters_mark() {
	local key

	counters
	OLD=()
	for key in "${!COUNT[@]}"; do OLD[$key]=${COUNT[$key]}; done
}

# counter_moved NAME N: has it moved by N from the mark to the last "counters"?
counter_moved() {
	expect_eq "$1" "$((${COUNT[$1]-none} - ${OLD[$1]-none}))" "$2"
}

# device_did a|b hw|sw ENCRYPTED DECRYPTED: nothing at a software end
device_did() {
	local encrypted=$3 decrypted=$4

	[ -z "$SOFT" ] || return 0
	[ "$2" = hw ] || encrypted=0 decrypted=0
	counter_moved "$1.hw_tx_esp" "$encrypted"
	counter_moved "$1.hw_rx_esp" "$decrypted"
	counter_moved "$1.hw_tx_stale_sa" 0
}

no_xfrm_errors() {
	local key bad=''

	for key in "${!COUNT[@]}"; do
		[[ $key = [AB].* ]] || continue
		[ "${COUNT[$key]}" = "${OLD[$key]:-0}" ] || bad+=" $key"
	done
	[ -z "$bad" ] || fail "xfrm_stat moved:$bad"
}

# --- Traffic ---------------------------------------------------------------

traffic_start() {
	[ ! -e "$tmp/traffic" ] || return 0
	mkfifo "$tmp/req" "$tmp/ans"
	python3 "$here/traffic.py" "$NSA" "$NSB" <"$tmp/req" >"$tmp/ans" \
		2>"$tmp/traffic.err" &
	echo $! >"$tmp/traffic"
	exec {traffic_req}>"$tmp/req" {traffic_ans}<"$tmp/ans"
}

traffic_stop() {
	[ -e "$tmp/traffic" ] || return 0
	exec {traffic_req}>&- {traffic_ans}<&-
	kill "$(<"$tmp/traffic")" 2>/dev/null || true
	wait "$(<"$tmp/traffic")" 2>/dev/null || true
	rm -f "$tmp/traffic" "$tmp/req" "$tmp/ans"
}

traffic() {
	echo "$*" >&"$traffic_req"
	if ! read -r -t $((60 * slow)) REPLY <&"$traffic_ans"; then
		cat "$tmp/traffic.err"
		fail "traffic $*: no answer"
	fi
	[[ $REPLY = ok* ]] || fail "traffic $*: $REPLY"
}
