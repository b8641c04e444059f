#!/bin/sh
# Makes a clone ready to work in: packages, the built package, the servers. What is done already is not done again.
# Needs Node 20 or newer and npm; everything later runs on the Node that npm installs into node_modules.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# The Node of this project is replaced by `npm ci`, so npm must not run on it.
system_path() {
  printf '%s' "$PATH" | tr ':' '\n' | grep -v '/node_modules/\.bin$' | paste -s -d : -
}

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say 'Backlot needs Node 20 or newer with npm: https://nodejs.org/en/download'
  exit 1
fi

stamp=.backlot/built

newer_source() {
  find src package.json package-lock.json tsconfig.json tsdown.config.ts ! -name '*.test.ts' -newer "$stamp" | head -n 1
}

# Sets `packages` and `build` to yes where there is something to do. One start of Node is most of what this costs.
look() {
  packages=no build=no state=0
  PATH=$(system_path) node scripts/setup/state.mjs || state=$?
  if [ "$state" -eq 3 ]; then
    packages=yes
  elif [ "$state" -ne 0 ]; then
    say "Backlot needs Node 20 or newer; this is $(node --version): https://nodejs.org/en/download"
    exit 1
  fi
  if [ ! -f dist/index.js ] || [ ! -f "$stamp" ] || [ -n "$(newer_source)" ]; then build=yes; fi
}

lock=
look
if [ "$packages" = yes ] || [ "$build" = yes ]; then
  lock=.backlot/setup-lock
  . scripts/setup/lock.sh
  take_lock
  # Whoever had the lock may have done it.
  look
fi

if [ "$packages" = yes ]; then
  say 'Installing packages (npm ci) ...'
  # The package asks for the Node that is among its own packages: a warning about the machine's would only confuse.
  PATH=$(system_path) npm ci --no-audit --no-fund --loglevel=error >&2
fi

PATH="$PWD/node_modules/.bin:$PATH"
export PATH

if [ "$build" = yes ]; then
  say 'Building the package (tsdown) ...'
  rm -rf dist.next dist.last
  # Made before the build, so that an edit during the build counts as newer.
  : >"$stamp.begun"
  tsdown --log-level warn --out-dir dist.next >&2
  # Beside it and then in its place, so that what runs meanwhile finds a whole build.
  if [ -d dist ]; then mv dist dist.last; fi
  mv dist.next dist
  mv "$stamp.begun" "$stamp"
  rm -rf dist.last
fi

if [ -n "$lock" ]; then leave_lock; fi

if [ "${1:-}" != --no-servers ]; then
  for config in systems/*/backlot.config.ts; do
    # A system whose server cannot be had says so, in its tests too; the others go on.
    (cd "$(dirname "$config")" && node ../../dist/cli/main.js install) >&2 || say "No server for $(dirname "$config") yet."
  done
fi
