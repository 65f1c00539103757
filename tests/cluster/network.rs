//! Network namespaces joined by a bridge, one for each simulated machine, removed at the end of a test.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Namespaces, each with a link to a bridge in the first of them.
pub struct Network {
    names: Vec<String>,
}

/// Runs `ip` or `tc`.
///
/// # Errors
/// The first line of its standard error.
fn run(program: &str, arguments: &str) -> Result<(), String> {
    let output = Command::new(program).args(arguments.split(' ')).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {arguments}: {}", message.lines().next().unwrap_or("failed")))
}

impl Network {
    /// Creates `n_machines` machines; none if that is not possible, and prints the reason.
    pub fn new(n_machines: usize) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, network) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let name = |machine| format!("mixlab-{process}-{network}-{machine}");
        let network = Self { names: (0..n_machines).map(name).collect() };
        match network.create() {
            Ok(()) => Some(network),
            Err(problem) => {
                eprintln!("skipped, since network namespaces are not available: {problem}");
                None
            }
        }
    }

    fn create(&self) -> Result<(), String> {
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

    /// Returns the address of a machine.
    pub fn address(&self, machine: usize) -> String {
        format!("10.77.0.{}", machine + 1)
    }

    /// Returns a command that runs mixlab on a machine.
    pub fn mixlab(&self, machine: usize) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[machine], env!("CARGO_BIN_EXE_mixlab")]);
        command
    }

    /// Cuts the link of a machine other than the first: packets are lost in both directions, without an error.
    pub fn cut(&self, machine: usize) {
        run("ip", &format!("-n {} link set dev link{machine} down", self.names[0])).unwrap();
    }

    /// Slows down the link of a machine other than the first in both directions, so that sending the samples for the start of a
    /// fit takes seconds. Returns false if that is not possible, and prints the reason.
    pub fn slow_down(&self, machine: usize) -> bool {
        let ends =
            [(&self.names[0], format!("link{machine}")), (&self.names[machine], "eth0".into())];
        for (name, device) in ends {
            let slow =
                |how: &str| run("tc", &format!("-n {name} qdisc add dev {device} root {how}"));
            let Err(problem) = slow("netem delay 100ms rate 8mbit") else { continue };
            eprintln!("limiting the rate only, since links cannot be delayed: {problem}");
            // packets are queued for up to 400 ms, then dropped
            if let Err(problem) = slow("tbf rate 8mbit burst 16kb latency 400ms") {
                eprintln!("skipped, since links cannot be slowed down: {problem}");
                return false;
            }
        }
        true
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.names {
            // fails for a namespace that was not created
            let _ = run("ip", &format!("netns del {name}"));
        }
    }
}
