//! A small file from the network, into memory.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;

use crate::compute::progress::{Progress, Task, Unit};

/// Seconds to a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Times that a place is asked before it is given up.
const ATTEMPTS: usize = 2;

/// Rest before a place is asked again.
const REST: Duration = Duration::from_millis(300);

/// A download that failed: what happened, and whether asking again may help.
struct Failure {
    problem: String,
    passing: bool,
}

/// Downloads at most `most_bytes` bytes within `timeout`; asks again if the network failed.
///
/// # Errors
/// What the last attempt met with.
pub(super) fn download(
    place: &str,
    most_bytes: u64,
    timeout: Duration,
    observer: &dyn Progress,
) -> Result<Vec<u8>, String> {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .timeout_connect(Some(CONNECT.min(timeout)))
        .user_agent(concat!("mixlab/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = Agent::from(config);
    let mut attempt = 1;
    loop {
        match ask(&agent, place, most_bytes, observer) {
            Ok(bytes) => return Ok(bytes),
            Err(failure) if attempt == ATTEMPTS || !failure.passing => return Err(failure.problem),
            Err(_) => attempt += 1,
        }
        std::thread::sleep(REST);
    }
}

fn ask(
    agent: &Agent,
    place: &str,
    most_bytes: u64,
    observer: &dyn Progress,
) -> Result<Vec<u8>, Failure> {
    let answer = agent.get(place).call().map_err(|error| Failure {
        // the server has spoken, and will say the same again; but not if it is its own fault
        passing: !matches!(error, ureq::Error::StatusCode(400..500)),
        problem: error.to_string(),
    })?;
    let body = answer.into_body();
    let total = body.content_length();
    let too_large = || Failure {
        problem: format!("its file is larger than {most_bytes} bytes"),
        passing: false,
    };
    if total.is_some_and(|total| total > most_bytes) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut reader = body.into_reader();
    let mut part = [0; 1 << 14];
    loop {
        observer.update(&Task::new("downloading", bytes.len() as u64, total, Unit::Bytes));
        match reader.read(&mut part) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
            Err(error) => return Err(Failure { problem: error.to_string(), passing: true }),
        }
        if bytes.len() as u64 > most_bytes {
            return Err(too_large());
        }
    }
    Ok(bytes)
}
