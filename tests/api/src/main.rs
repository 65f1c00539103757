//! rustdoc with JSON output, which stable versions refuse unless `RUSTC_BOOTSTRAP` is set. Cargo runs this program as its
//! rustdoc, so that the variable is set for rustdoc alone: for rustc it would compile every dependency anew.

use std::process::{Command, exit};

fn main() {
    let rustdoc = std::env::var_os("MIXLAB_RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let mut command = Command::new(rustdoc);
    command.args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1");
    let status = command.status().expect("rustdoc can be run");
    exit(status.code().unwrap_or(1));
}
