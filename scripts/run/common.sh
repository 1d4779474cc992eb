# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by ./run: messages, packages, build directories.
# shellcheck shell=bash

# Log lines of meson and ninja go to files and to CI, where nobody sees colour.
if [ "${CI:-}" = true ] || [ ! -t 1 ]; then
  bold='' plain=''
  export NO_COLOR=1
else
  bold=$'\033[1m' plain=$'\033[0m'
fi

say() {
  printf '%s==> %s%s\n' "$bold" "$*" "$plain"
}

die() {
  printf 'run: %s\n' "$*" >&2
  exit 1
}

# What every command that builds needs.
packages_build=(
  build-essential
  ca-certificates
  gir1.2-gst-plugins-base-1.0
  gir1.2-gstreamer-1.0
  glib-networking
  gobject-introspection
  gstreamer1.0-libav
  gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-base
  gstreamer1.0-plugins-good
  gstreamer1.0-plugins-ugly
  gstreamer1.0-tools
  libgirepository1.0-dev
  libglib2.0-dev
  libgstreamer-plugins-base1.0-dev
  libgstreamer1.0-dev
  libjson-glib-dev
  libsodium-dev
  libsoup-3.0-dev
  libssl-dev
  meson
  ninja-build
  pkg-config
  python3
  python3-gi
)
# The example with its own gateway is on libsoup; documented pipelines use
# gst-play-1.0; interop makes its own certificates; a cipher test compares with
# libsrtp2; a screen that is streamed is that of an X server of its own.
packages_test=(
  gir1.2-soup-3.0
  gstreamer1.0-plugins-base-apps
  libsrtp2-dev
  openssl
  xvfb
)
packages_bench=(libsrtp2-dev strace)
packages_lint=(clang-format git python3 python3-gi)
packages_fuzz=(clang libclang-rt-14-dev llvm)
packages_valgrind=(libglib2.0-dev valgrind)

# Also true for a name another installed package provides (pkg-config is
# pkgconf's on newer systems).
package_installed() {
  local status
  status=$(dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null) ||
    status=''
  case $status in
    *installed*) [[ $status != *not-installed* ]] ;;
    *) dpkg-query -W -f='${db:Status-Status} ${Provides}\n' 2>/dev/null |
      grep -Eq "^installed .*(^|[ ,])$1([ ,]|\$)" ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    if [ "${CI:-}" = true ]; then
      sudo -n "$@"
    else
      sudo "$@"
    fi
  else
    return 127
  fi
}

# need_packages NAME...: installs those that are missing, and only then touches
# the network.
need_packages() {
  local name missing=()

  command -v dpkg-query >/dev/null || {
    say "no dpkg here: taking it that these are installed: $*"
    return 0
  }
  for name in "$@"; do
    package_installed "$name" || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "these packages are missing and there is neither root nor sudo to" \
      "install them: ${missing[*]}"
  fi
  say "installing with apt: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update ||
    say "apt-get update failed; trying with the lists that are there"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
    --no-install-recommends "${missing[@]}" ||
    die "apt could not install: ${missing[*]}"
}

# need_node_modules: the public packages that the interop tests talk to.
need_node_modules() {
  local dir=$top/tests/interop stamp
  stamp=$dir/node_modules/.installed-from

  if [ -f "$stamp" ] && cmp -s "$stamp" "$dir/package-lock.json"; then
    return 0
  fi
  command -v npm >/dev/null || need_packages npm
  say "installing the packages of the interop tests with npm (tests/interop)"
  (cd "$dir" && npm ci --no-audit --no-fund --loglevel=error) ||
    die "npm could not install the packages of tests/interop"
  cp "$dir/package-lock.json" "$stamp"
}

# configure DIR MESON_OPTION...: makes or updates a build directory.
configure() {
  local dir=$1
  shift
  if [ -f "$dir/build.ninja" ]; then
    meson configure "$dir" "$@" >/dev/null
  else
    say "meson setup $dir $*"
    meson setup "$dir" "$top" "$@"
  fi
}

# build DIR [TARGET...]: quiet unless somebody watches or it fails.
build() {
  local dir=$1
  shift
  say "building in $dir"
  if [ -t 1 ] && [ "${CI:-}" != true ]; then
    ninja -C "$dir" "$@"
  else
    ninja -C "$dir" "$@" >"$dir/build.log" || {
      tail -n 100 "$dir/build.log"
      die "building in $dir failed"
    }
    tail -n 1 "$dir/build.log"
  fi
}

# build_normal: the build that demo, devenv and the normal tests share.
build_normal() {
  need_packages "${packages_build[@]}"
  configure "$top/.build/normal" -Dintrospection=enabled -Dbench=disabled
  build "$top/.build/normal"
}
