# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test boxes: which root each uses, and which kernel in it.

boxes=(bookworm bookworm-6.12 trixie)
default_box=bookworm-6.12

list_boxes() {
	cat <<-END
		bookworm       Debian 12, its own kernel 6.1
		bookworm-6.12  Debian 12, kernel 6.12 of its security suite (default)
		trixie         Debian 13, kernel 7.x of its backports suite
	END
}

box_suite() {
	case $1 in
	bookworm | bookworm-6.12) echo bookworm ;;
	trixie) echo trixie ;;
	*) die "no box '$1'; --list names them" ;;
	esac
}

# Release of the box's kernel, looked up in its root ($2).
box_kernel() {
	local glob

	case $1 in
	bookworm) glob='6.1.*' ;;
	bookworm-6.12) glob='6.12.*' ;;
	*) glob='[0-9]*' ;;
	esac
	find "$2/boot" -name "vmlinuz-$glob" -printf '%f\n' | sort -V |
		sed -n '$s/^vmlinuz-//p'
}
