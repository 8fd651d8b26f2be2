#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mkinitrd.sh ROOT: for each kernel in ROOT that has virtiofs as a module, a
# small initramfs that loads it and goes on in the virtiofs root.
set -euo pipefail

root=$1

# Modules in loading order, by file name inside ROOT.
modules() {
	local name

	for name in virtio_pci virtiofs; do
		chroot "$root" modprobe --show-depends -S "$1" "$name" || exit
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

make_initrd() {
	local krel=$1 dir ko list

	dir=$(mktemp -d)
	list=$(modules "$krel")
	mkdir -p "$dir"/{bin,dev,lib,root}
	cp "$root/bin/busybox" "$dir/bin/"
	{
		echo '#!/bin/busybox sh'
		for ko in $list; do
			cp "$root$ko" "$dir/lib/"
			echo "/bin/busybox insmod /lib/${ko##*/}"
		done
		echo '/bin/busybox mount -t virtiofs rootfs /root'
		# shellcheck disable=SC2016 # expanded there
		echo 'exec /bin/busybox switch_root /root "$VM_INIT"'
	} >"$dir/init"
	chmod 755 "$dir/init"
	(cd "$dir" && find . | cpio -o -H newc --quiet) \
		>"$root/boot/initrd.vm-$krel"
	rm -r "$dir"
}

for config in "$root"/boot/config-*; do
	! grep -q '^CONFIG_VIRTIO_FS=m' "$config" ||
		make_initrd "${config##*/config-}"
done
