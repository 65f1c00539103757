//! Addresses of schedulers, and checks of their status.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::cluster_error;
use crate::error::{Error, Result};

/// Time limit of one attempt.
const ATTEMPT: Duration = Duration::from_secs(2);
/// Delay between attempts.
const PAUSE: Duration = Duration::from_millis(200);

/// The status of a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchedulerStatus {
    /// It has executors.
    Ready,
    /// It has no executors.
    NoExecutors,
    /// There is no response, or not that of a scheduler.
    Unreachable,
}

/// Parses `HOST:PORT`.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(super) fn host_and_port(address: &str) -> Result<(&str, u16)> {
    let host_and_port =
        address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match host_and_port {
        Some((host, port)) if !host.is_empty() && port > 0 => Ok((host, port)),
        _ => Err(Error::param(
            "the address",
            format!("{address:?}"),
            "HOST:PORT, for example 127.0.0.1:50050",
        )),
    }
}

/// Formats an address as the host of a URL.
pub(super) fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Creates the error for a scheduler that has never responded.
pub(super) fn no_scheduler(address: &str) -> Error {
    cluster_error(
        format_args!("the scheduler at {address}"),
        "it does not respond; start it with mixlab cluster scheduler",
    )
}

/// Waits until a scheduler is ready or has the status `enough`, at most for `timeout`, and returns its last status.
pub(super) fn wait_for_status(
    address: &str,
    timeout: Duration,
    enough: SchedulerStatus,
) -> SchedulerStatus {
    let start = Instant::now();
    loop {
        let answer = query_status(address).unwrap_or(SchedulerStatus::Unreachable);
        if answer == SchedulerStatus::Ready || answer == enough || start.elapsed() >= timeout {
            return answer;
        }
        std::thread::sleep(PAUSE);
    }
}

fn query_status(address: &str) -> std::io::Result<SchedulerStatus> {
    let mut stream = connect(address)?;
    stream.set_read_timeout(Some(ATTEMPT))?;
    stream.set_write_timeout(Some(ATTEMPT))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(match answer.get(9..12) {
        Some("200") => SchedulerStatus::Ready,
        Some("503") => SchedulerStatus::NoExecutors,
        _ => SchedulerStatus::Unreachable,
    })
}

/// Connects to the first address of a host name that accepts a connection.
fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, ATTEMPT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_and_a_port() {
        assert_eq!(host_and_port("a.b:7").unwrap(), ("a.b", 7));
        assert_eq!(host_and_port("[::1]:50050").unwrap(), ("[::1]", 50050));
        for bad in ["", "a", ":7", "a:", "a:0", "a:70000"] {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn closed_ports_are_not_schedulers() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        assert_eq!(
            wait_for_status(&address, Duration::ZERO, SchedulerStatus::Ready),
            SchedulerStatus::Unreachable
        );
    }
}
