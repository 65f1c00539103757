#!/usr/bin/env bash
# Builds mixlab, makes a virtual environment, and runs run.py with the given arguments; see README.md.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/mixlab-fidelity"
target="${CARGO_TARGET_DIR:-$root/target}"

if [[ ! -x "$cache/venv/bin/python" ]]; then
    python3 -m venv "$cache/venv"
fi
"$cache/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
cargo build --release --locked --manifest-path "$root/Cargo.toml" --target-dir "$target"
exec "$cache/venv/bin/python" "$here/run.py" --mixlab "$target/release/mixlab" "$@"
