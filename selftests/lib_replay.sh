# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# More of lib.sh (see there), for files that play frames made by replay.py from
# isim0 in NSA to isim1 in NSB.  two_ports comes first.
#
#   player_start, player_stop
#   player WORD...      one command of replay.py; sets REPLY, fails unless "ok"
#   addresses MODE      sets src dst li ri ("-" in transport mode): transport4,
#                       tunnel4in6 (outer 6) and so on
#   install sw|hw       the inbound SA 0x5000 of NSB and its policy.  Uses src,
#                       dst, li, ri, mode, esn, window, icv and first
#   sa_outcome          that SA without what the clock and the device put there

player_start() {
	python3 -c 'import cryptography' 2>/dev/null ||
		require python3-cryptography
	mkfifo "$tmp/player.req" "$tmp/player.ans"
	python3 "$here/replay.py" "$NSA" isim0 "$NSB" isim1 \
		<"$tmp/player.req" >"$tmp/player.ans" 2>&1 &
	exec {player_out}>"$tmp/player.req" {player_in}<"$tmp/player.ans"
}

player_stop() {
	exec {player_in}<&- {player_out}>&-
}

player() {
	echo "$*" >&"$player_out"
	read -r -t $((60 * slow)) REPLY <&"$player_in" ||
		fail "player $*: no answer"
	[[ $REPLY = ok* ]] || fail "player $*: $REPLY"
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

install() {
	local words offl='' flag='' pol=$src/$dst

	[ "$1" = sw ] || offl=$(offload isim1 in)
	[ "$esn" = 0 ] || flag+=' flag esn'
	[ "$li" = - ] || flag+=' flag af-unspec' pol=$li/$ri
	words="mode ${mode%%[46]*} reqid 1 $(sa_dir in "$window")$flag"
	if [ "$esn" = 1 ]; then
		words+=" replay-seq $first replay-seq-hi 0"
	fi
	ipb -batch - <<-END
		xfrm policy flush
		xfrm state flush
		xfrm state add src $src dst $dst $(sa_args 0x5000 128 "$icv") $words $offl
		xfrm policy add dir in src ${pol%/*} dst ${pol#*/} tmpl src $src dst $dst proto esp reqid 1 mode ${mode%%[46]*}
	END
}

sa_outcome() {
	sa_state "$NSB" 0x5000 | sed -e '/lastused/d' -e '/ add .* use /d' \
		-e '/crypto offload parameters/d' -e '/^\t *add /d' -e 's/ *$//'
}
