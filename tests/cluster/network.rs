//! Machines of their own, as far as the network goes: namespaces that a bridge joins, which are gone when the test is.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Namespaces with a link each to a bridge, which is in the first of them.
pub struct Network {
    names: Vec<String>,
}

/// Runs `ip` or `tc`.
///
/// # Errors
/// What it says.
fn run(program: &str, arguments: &str) -> Result<(), String> {
    let output = Command::new(program).args(arguments.split(' ')).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {arguments}: {}", said.lines().next().unwrap_or("failed")))
}

impl Network {
    /// So many machines; none, with a line on why, where they cannot be made.
    pub fn new(n_machines: usize) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, network) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let name = |machine| format!("mixlab-{process}-{network}-{machine}");
        let network = Self { names: (0..n_machines).map(name).collect() };
        match network.make() {
            Ok(()) => Some(network),
            Err(problem) => {
                eprintln!("skipped, since there are no network namespaces: {problem}");
                None
            }
        }
    }

    fn make(&self) -> Result<(), String> {
        let first = &self.names[0];
        for name in &self.names {
            run("ip", &format!("netns add {name}"))?;
            run("ip", &format!("-n {name} link set dev lo up"))?;
        }
        run("ip", &format!("-n {first} link add name bridge0 type bridge"))?;
        run("ip", &format!("-n {first} addr add {}/24 dev bridge0", self.address(0)))?;
        run("ip", &format!("-n {first} link set dev bridge0 up"))?;
        for (machine, name) in self.names.iter().enumerate().skip(1) {
            let (near, address) = (format!("link{machine}"), self.address(machine));
            run(
                "ip",
                &format!("-n {first} link add name {near} type veth peer name eth0 netns {name}"),
            )?;
            run("ip", &format!("-n {first} link set dev {near} master bridge0 up"))?;
            run("ip", &format!("-n {name} addr add {address}/24 dev eth0"))?;
            run("ip", &format!("-n {name} link set dev eth0 up"))?;
        }
        Ok(())
    }

    /// The address of a machine.
    pub fn address(&self, machine: usize) -> String {
        format!("10.77.0.{}", machine + 1)
    }

    /// The command line on a machine.
    pub fn mixlab(&self, machine: usize) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[machine], env!("CARGO_BIN_EXE_mixlab")]);
        command
    }

    /// Cuts the link of a machine but the first: packets are lost in both directions, and nobody is told.
    pub fn cut(&self, machine: usize) {
        run("ip", &format!("-n {} link set dev link{machine} down", self.names[0])).unwrap();
    }

    /// Makes the link of a machine but the first slow in both directions, so that the samples of a fit's start take seconds;
    /// false, with a line on why, where that cannot be.
    pub fn slow_down(&self, machine: usize) -> bool {
        let ends =
            [(&self.names[0], format!("link{machine}")), (&self.names[machine], "eth0".into())];
        for (name, device) in ends {
            let slow =
                |how: &str| run("tc", &format!("-n {name} qdisc add dev {device} root {how}"));
            let Err(problem) = slow("netem delay 100ms rate 8mbit") else { continue };
            eprintln!("a limited rate only, since links cannot be delayed: {problem}");
            // packets wait up to 400 ms, and are lost beyond
            if let Err(problem) = slow("tbf rate 8mbit burst 16kb latency 400ms") {
                eprintln!("skipped, since links cannot be made slow: {problem}");
                return false;
            }
        }
        true
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.names {
            // those that were never made are gone as well
            let _ = run("ip", &format!("netns del {name}"));
        }
    }
}
