//! Download of a small file into memory.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;

use crate::compute::progress::{Progress, Task, Unit};

/// Timeout of a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Number of attempts per address.
const ATTEMPTS: usize = 2;

/// Delay before the next attempt.
const RETRY_DELAY: Duration = Duration::from_millis(300);

/// A failed download: the problem, and whether a retry may succeed.
struct Failure {
    problem: String,
    is_transient: bool,
}

/// Downloads at most `most_bytes` bytes within `timeout`; retries if the network failed.
///
/// # Errors
/// The problem of the last attempt.
pub(super) fn download(
    place: &str,
    most_bytes: u64,
    timeout: Duration,
    observer: &dyn Progress,
) -> Result<Vec<u8>, String> {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .timeout_connect(Some(CONNECT_TIMEOUT.min(timeout)))
        .user_agent(concat!("mixlab/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = Agent::from(config);
    let mut attempt = 1;
    loop {
        match request(&agent, place, most_bytes, observer) {
            Ok(bytes) => return Ok(bytes),
            Err(failure) if attempt == ATTEMPTS || !failure.is_transient => {
                return Err(failure.problem);
            }
            Err(_) => attempt += 1,
        }
        std::thread::sleep(RETRY_DELAY);
    }
}

fn request(
    agent: &Agent,
    place: &str,
    most_bytes: u64,
    observer: &dyn Progress,
) -> Result<Vec<u8>, Failure> {
    let response = agent.get(place).call().map_err(|error| Failure {
        // the server would give the same answer again, unless the error is its own
        is_transient: !matches!(error, ureq::Error::StatusCode(400..500)),
        problem: error.to_string(),
    })?;
    let body = response.into_body();
    let total = body.content_length();
    let too_large = || Failure {
        problem: format!("its file is larger than {most_bytes} bytes"),
        is_transient: false,
    };
    if total.is_some_and(|total| total > most_bytes) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut reader = body.into_reader();
    let mut chunk = [0; 1 << 14];
    loop {
        observer.update(&Task::new("downloading", bytes.len() as u64, total, Unit::Bytes));
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
            Err(error) => return Err(Failure { problem: error.to_string(), is_transient: true }),
        }
        if bytes.len() as u64 > most_bytes {
            return Err(too_large());
        }
    }
    Ok(bytes)
}
