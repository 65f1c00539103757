//! Fits while network links fail: a scheduler with a client, and two executors, each in a network namespace of its own.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use mixlab::{GaussianMixture, ModelFile};
use tempfile::TempDir;

use crate::network::Network;
use crate::processes::{Process, mixlab};
use crate::tables::write;
use crate::{rows, wait_for};

/// Number of iterations of a fit that runs to the end.
const ITERATIONS: &str = "12";

/// A scheduler on the first machine and an executor on every other one. The processes are dropped before their network.
struct Machines {
    executors: Vec<Process>,
    _scheduler: Process,
    address: String,
    network: Network,
    folder: TempDir,
}

impl Machines {
    /// Starts the processes and writes a file of rows; none if network namespaces are not available.
    fn start() -> Option<Self> {
        let network = Network::new(3)?;
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("rows.parquet"), &rows(400_000), 30_000);
        let bind = network.address(0);
        let arguments = ["scheduler", "--bind", &bind, "--port", "0"];
        let (scheduler, line) = Process::start(network.mixlab(0), &arguments);
        let address = line.rsplit(' ').next().unwrap().to_owned();
        let executors = (1..3).map(|machine| {
            let bind = network.address(machine);
            let arguments =
                ["executor", "--scheduler", &address, "--bind", &bind, "--threads", "1"];
            Process::start(network.mixlab(machine), &arguments).0
        });
        Some(Self {
            executors: executors.collect(),
            _scheduler: scheduler,
            address,
            network,
            folder,
        })
    }

    /// Starts a fit on the machine of the scheduler, and waits for its first passes.
    fn start_fit(&self, max_iter: &str) -> Child {
        let fit = fit(self.network.mixlab(0), self.folder.path(), &self.address, max_iter);
        wait_for(&self.folder.path().join("m.checkpoint.npz"));
        fit
    }

    /// Waits for the end of a fit, and checks that the model equals that of an undisturbed fit.
    fn check(&self, fit: Child, within: Duration) {
        let start = Instant::now();
        let output = fit.wait_with_output().unwrap();
        eprintln!("the fit took {:?} more", start.elapsed());
        assert!(output.status.success(), "{}", message(&output));
        assert!(start.elapsed() < within, "{:?}", start.elapsed());
        let model = ModelFile::load(&self.folder.path().join("m.npz")).unwrap();
        assert_eq!(model.pipeline.mixture(), undisturbed(self.folder.path()));
    }
}

/// Starts a fit to the file in a folder.
fn fit(mut command: Command, folder: &Path, cluster: &str, max_iter: &str) -> Child {
    command.current_dir(folder).args(["fit", "rows.parquet", "--cluster", cluster]);
    command.args(["-k", "12", "--covariance", "full", "--n-init", "1", "--tol", "0"]);
    command.args(["--max-iter", max_iter, "-o", "m.npz"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Returns the model of a fit in one process, which is fitted once.
fn undisturbed(folder: &Path) -> &'static GaussianMixture {
    static MODEL: OnceLock<GaussianMixture> = OnceLock::new();
    MODEL.get_or_init(|| {
        let start = Instant::now();
        let output = fit(mixlab(), folder, "local", ITERATIONS).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", message(&output));
        eprintln!("undisturbed, a fit takes {:?}", start.elapsed());
        ModelFile::load(&folder.join("m.npz")).unwrap().pipeline.mixture().clone()
    })
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits for a fraction of a pass, so that links fail in the middle of one.
fn wait_within_a_pass() {
    std::thread::sleep(Duration::from_millis(150));
}

#[test]
fn a_link_that_fails_during_a_pass_does_not_change_the_fit() {
    let Some(machines) = Machines::start() else { return };
    let fit = machines.start_fit(ITERATIONS);
    wait_within_a_pass();
    machines.network.cut(2);
    machines.check(fit, Duration::from_secs(90));
}

#[test]
fn an_executor_lost_without_closing_connections_does_not_change_the_fit() {
    let Some(mut machines) = Machines::start() else { return };
    let fit = machines.start_fit(ITERATIONS);
    wait_within_a_pass();
    machines.network.cut(1);
    machines.executors[0].kill();
    machines.check(fit, Duration::from_secs(90));
}

#[test]
fn a_slow_link_does_not_change_the_fit() {
    let Some(machines) = Machines::start() else { return };
    if !machines.network.slow_down(1) {
        return;
    }
    let fit = machines.start_fit(ITERATIONS);
    machines.check(fit, Duration::from_secs(120));
}

#[test]
fn unreachable_executors_are_reported_within_15_seconds() {
    let Some(machines) = Machines::start() else { return };
    let fit = machines.start_fit("100000");
    wait_within_a_pass();
    let cut = Instant::now();
    (1..3).for_each(|machine| machines.network.cut(machine));
    let output = fit.wait_with_output().unwrap();
    eprintln!("{:?} after the links were cut", cut.elapsed());
    assert!(cut.elapsed() < Duration::from_secs(15), "{:?}", cut.elapsed());
    assert_eq!(output.status.code(), Some(1));
    let message = message(&output);
    let last = message.lines().last().unwrap();
    assert!(last.contains("lost all its executors") && last.contains("checkpoint"), "{message}");
    assert!(machines.folder.path().join("m.checkpoint.npz").exists());
}
